/** `npm run bench [-- postgres | scale | calls] [-- --json]`: see sqlite.ts, postgres.ts, scale.ts and calls.ts. */
const has = (name: string): boolean => process.argv.includes(name);
if (has('postgres')) await import('./postgres.js');
else if (has('scale')) await import('./scale.js');
else if (has('calls')) await import('./calls.js');
else await import('./sqlite.js');
