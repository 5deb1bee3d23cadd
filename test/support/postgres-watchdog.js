// Ends a PostgreSQL server and removes its folder when the process that started it is gone, however it went: the kernel
// closes the pipe. Usage: node postgres-watchdog.js <folder>; each line on stdin is the id of the newest postmaster.
import { rmSync } from 'node:fs';

const [, , folder] = process.argv;
let text = '';
process.stdin.on('data', (chunk) => {
  text += String(chunk);
});
process.stdin.on('error', () => end());
process.stdin.on('end', () => end());
// A signal to the whole group of the terminal is no reason to leave before the server has ended.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) process.on(signal, () => undefined);

function end() {
  const pid = Number(text.trim().split('\n').at(-1));
  if (pid > 0) signal(pid, 'SIGQUIT');
  removeAfter(pid, 500);
}

/** Looks that often at most: without a process that collects the dead, an ended server looks alive for ever. */
function removeAfter(pid, looks) {
  if (pid > 0 && looks > 0 && signal(pid, 0)) setTimeout(() => removeAfter(pid, looks - 1), 20);
  else if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
