/**
 * Runs the command in its arguments and ends the whole process group as soon as standard input
 * does: that happens when the parent wants it, and also when the parent has been killed. It is
 * started as the leader of a group of its own, so the group is the command and its children.
 */
import { spawn } from 'node:child_process';

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));

process.stdin.on('close', () => process.kill(-process.pid, 'SIGKILL'));
process.stdin.on('error', () => {});
process.stdin.resume();
