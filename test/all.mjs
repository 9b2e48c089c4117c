// Runs every suite, and ends with one line that counts them all. Those of the servers are compiled and run
// beside those of kvbench, half of whose time is waiting; what they print comes after.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goTests, rustTests } from './members.mjs';
import { holdBack, run } from './side-by-side.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'kvbench-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** Said once more at the end, tests that failed only at first as well: of a long log often only the end is kept. */
const failures = [];
const flaky = [];
let broken = 0;

/** How many tests of a server run at a time: they wait for connections to be given up, and compute little. */
const atOnce = 8;

async function suite(command, args, options) {
  if (!(await run(command, args, options))) broken++;
}

async function vitest() {
  const file = join(scratch, 'tally.json');
  process.env.KVBENCH_TALLY = file;
  const args = ['run', '--reporter=default', '--reporter=./test/tally.mjs'];
  await suite(process.execPath, ['node_modules/vitest/vitest.mjs', ...args]);
  // It can crash, or be interrupted, before there is one.
  if (!existsSync(file)) return;
  const tally = JSON.parse(readFileSync(file, 'utf8'));
  for (const state of Object.keys(total)) total[state] += tally[state];
  failures.push(...tally.failures);
  flaky.push(...tally.flaky);
}

async function cargo(dir, flags, print) {
  const onLine = (line) => {
    print(line);
    const failed = /^test (.*) \.\.\. FAILED$/.exec(line);
    if (failed) failures.push(`${dir}: ${failed[1]}`);
    const match = /^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
    if (!match) return;
    total.passed += Number(match[1]);
    total.failed += Number(match[2]);
    total.skipped += Number(match[3]);
  };
  const args = ['test', '--locked', ...flags, '--', `--test-threads=${atOnce}`];
  await suite('cargo', args, { dir, onLine });
}

async function go(flags, print) {
  const keys = { pass: 'passed', fail: 'failed', skip: 'skipped' };
  const onLine = (line) => {
    // What does not compile is told in plain words.
    if (!line.startsWith('{')) return print(line);
    const { Test: test, Action: action, Output: output = '' } = JSON.parse(line);
    if (test && keys[action]) total[keys[action]]++;
    if (test && action === 'fail') failures.push(`go-kv: ${test}`);
    const isTold = !test || /^\s*\w+_test\.go:|panic|DATA RACE/.test(output);
    if (isTold && output !== '') print(output.trimEnd());
  };
  // `npm run check` vets them.
  const how = ['-vet=off', '-race', '-shuffle=on', '-json', `-parallel=${atOnce}`];
  const args = ['test', ...how, ...flags, './...'];
  await suite('go', args, { dir: 'go-kv', onLine });
}

async function servers(print) {
  for (const flags of rustTests) await cargo('rust-kv', flags, print);
  // Without examples, which are linted.
  await cargo('rust-load', ['--tests'], print);
  for (const flags of goTests) await go(flags, print);
}

try {
  const { onLine, release } = holdBack();
  await Promise.all([vitest().finally(release), servers(onLine)]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
// A suite can break without a failing test: it did not compile, or it crashed.
if (broken > 0 && total.failed === 0) total.failed = broken;
for (const test of flaky) process.stdout.write(`\nPassed only when it was tried again: ${test}\n`);
for (const failure of failures) process.stdout.write(`\nFailed: ${failure}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode ??= total.failed > 0 ? 1 : 0;
