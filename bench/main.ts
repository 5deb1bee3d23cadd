/** `npm run bench [-- postgres | scale] [-- --json]`: see sqlite.ts, postgres.ts and scale.ts. */
const has = (name: string): boolean => process.argv.includes(name);
await (has('postgres') ? import('./postgres.js') : has('scale') ? import('./scale.js') : import('./sqlite.js'));
