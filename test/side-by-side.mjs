// Runs commands side by side, none of which outlives this process; what checks and tests are started with.
// `node test/side-by-side.mjs NAME…` does so with scripts of package.json.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const running = new Set();
let interrupted = false;

const print = (line) => process.stdout.write(`${line}\n`);

/**
 * Runs a command in a directory of the project; what it prints is given line by line. Resolves, once all
 * that it has started has ended as well, to whether it did well.
 */
export async function run(command, args, { dir = '.', onLine = print } = {}) {
  // Nothing new begins while everything ends.
  if (interrupted) return false;
  return new Promise((resolve) => {
    const cwd = fileURLToPath(new URL(dir, root));
    // In a group of its own, so that whatever it starts can be ended with it.
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
      stream.on('end', () => rest && onLine(rest));
    }
    child.on('error', ({ message }) => onLine(message));
    child.on('close', (code) => {
      running.delete(child);
      resolve(code === 0);
    });
  });
}

/** Collects lines, which `release` prints: what runs beside others is read by itself. */
export function holdBack() {
  const held = [];
  let show = (line) => held.push(line);
  return {
    onLine: (line) => show(line),
    release() {
      for (const line of held.splice(0)) print(line);
      show = print;
    },
  };
}

function endAll() {
  for (const { pid } of running) {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // It has ended, or never begun.
    }
  }
}

// Whatever ends this process: an error of its own too.
process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    process.exitCode = 130;
    endAll();
  });
}

async function script(name) {
  const { onLine, release } = holdBack();
  const isFine = await run('npm', ['run', '--silent', name], { onLine });
  print(`\n${name}: ${isFine ? 'fine' : 'not fine'}`);
  release();
  return isFine;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results = await Promise.all(process.argv.slice(2).map(script));
  if (!results.every(Boolean)) process.exitCode ??= 1;
}
