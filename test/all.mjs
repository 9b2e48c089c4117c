// Runs every suite, one after the other, and ends with one line that counts them all.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'kvbench-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
let broken = 0;

/** Runs a command in a directory of the project; its output is shown, and given line by line. */
function run(command, args, dir, onLine = () => {}, show = () => true) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: join(root, dir),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        onLine(line);
        if (show(line)) process.stdout.write(`${line}\n`);
      }
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) broken++;
      resolve(code);
    });
  });
}

async function vitest() {
  const report = join(scratch, 'vitest.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], '.');
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests;
  total.skipped += result.numPendingTests;
}

async function cargo(dir, ...args) {
  await run('cargo', ['test', '--locked', ...args], dir, (line) => {
    const match = /^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
    if (!match) return;
    total.passed += Number(match[1]);
    total.failed += Number(match[2]);
    total.skipped += Number(match[3]);
  });
}

async function go(...args) {
  const keys = { pass: 'passed', fail: 'failed', skip: 'skipped' };
  const onLine = (line) => {
    const event = JSON.parse(line);
    if (event.Test && keys[event.Action]) total[keys[event.Action]]++;
    if (event.Action === 'fail' || !event.Test) process.stdout.write(event.Output ?? '');
    if (event.Test && /^\s*\w+_test\.go:|panic|DATA RACE/.test(event.Output ?? '')) {
      process.stdout.write(event.Output);
    }
  };
  await run(
    'go',
    ['test', '-race', '-shuffle=on', '-json', ...args, './...'],
    'go-kv',
    onLine,
    () => false,
  );
}

try {
  await vitest();
  await cargo('rust-kv');
  await cargo('rust-kv', '--features', 'inject', 'inject');
  for (const stack of ['axum', 'hyper', 'tokio']) {
    await cargo('rust-kv', '--no-default-features', '--features', `stack-${stack}`);
  }
  await cargo('rust-load');
  await go();
  await go('-tags', 'kvinject', '-run', 'Inject');
  for (const stack of ['mux', 'chi', 'gin', 'fasthttp', 'pool']) {
    // Some have modules, which the default must do without.
    const own = existsSync(join(root, 'go-kv', `${stack}.mod`)) ? [`-modfile=${stack}.mod`] : [];
    await go('-tags', `stack_${stack}`, ...own);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
// A suite can break without a failing test: it did not compile, or it crashed.
if (broken > 0 && total.failed === 0) total.failed = broken;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
