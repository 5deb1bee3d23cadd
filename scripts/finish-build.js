// What tsc does not do: copy the migrations, make the command executable.
import { chmodSync, cpSync } from 'node:fs';

for (const store of ['sqlite', 'postgres'])
  cpSync(`src/store/${store}/migrations`, `dist/store/${store}/migrations`, { recursive: true });
chmodSync('dist/cli/main.js', 0o755);
