# One image for servers, workers and every other command: what follows its name is what follows `nexum`.
# Debian releases must be equal in both stages: the driver of SQLite is compiled in the first and loaded in the second.

FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: `prepare` would build before the sources are here.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build
# Downloads the prebuilt driver, or compiles it with the Python, make and g++ of this stage.
RUN npm ci --omit=dev --ignore-scripts && npm rebuild better-sqlite3

FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE CHANGELOG.md ARCHITECTURE.md ./
COPY --from=build /app/scripts/container-health.js scripts/
COPY proto proto
COPY pipelines pipelines
COPY examples examples
COPY docs docs
# The data folder must belong to the user before a volume is mounted on it for the first time.
RUN ln -s /app/dist/cli/main.js /usr/local/bin/nexum && install -d -o node -g node -m 0700 /data /data/reports
USER node
# Reports and the documents of pipelines are looked up from here.
WORKDIR /data
ENV NODE_ENV=production \
    NEXUM_HOME=/data/.nexum \
    NEXUM_HTTP=0.0.0.0:9464
VOLUME /data
EXPOSE 50051 9464
# For servers. Workers serve no HTTP: switch it off for them, as compose.yaml does. A server with TLS answers by HTTPS.
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s --retries=3 \
  CMD ["node", "/app/scripts/container-health.js", "127.0.0.1:9464"]
# Not through a shell and without an init: process 1 is node, and the command handles SIGTERM and SIGINT itself.
ENTRYPOINT ["nexum"]
CMD ["server", "--listen", "0.0.0.0:50051"]
