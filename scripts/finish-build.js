// What tsc does not do: copy the migrations, make the command executable.
import { chmodSync, cpSync } from 'node:fs';

cpSync('src/store/sqlite/migrations', 'dist/store/sqlite/migrations', { recursive: true });
chmodSync('dist/cli/main.js', 0o755);
