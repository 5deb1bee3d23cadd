/** `npm run bench [-- postgres] [-- --json]`: see sqlite.ts and postgres.ts. */
await (process.argv.includes('postgres') ? import('./postgres.js') : import('./sqlite.js'));
