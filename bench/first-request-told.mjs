// Loaded into a kvbench before anything of its own: tells on descriptor 3 when the load generator is asked
// for something for the first time, as `load 1764500000000`.
import { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';

const told = new Set();

function tell(name) {
  if (told.has(name)) return;
  told.add(name);
  writeSync(3, `${name} ${Date.now()}\n`);
}

/** A line that a child is sent; only the generator is sent such calls. */
function look(line) {
  const call = /"call":"(preload|load)"/.exec(line)?.[1];
  if (call === undefined) return;
  tell(call);
  // To find a rate each is loaded alone; all share a trial.
  if (call === 'load' && JSON.parse(line).spec.targets.length > 1) tell('trial');
}

const { spawn } = ChildProcess.prototype;
ChildProcess.prototype.spawn = function spawnAndLook(...args) {
  const result = spawn.apply(this, args);
  const { stdin } = this;
  if (stdin) {
    const { write } = stdin;
    stdin.write = (chunk, ...rest) => {
      look(String(chunk));
      return write.call(stdin, chunk, ...rest);
    };
  }
  return result;
};
