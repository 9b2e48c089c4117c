import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packagePath } from '../../src/package.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-action-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const action = async () => parse(await readFile(packagePath('action.yml'), 'utf8'));

/** A stand-in that writes down its arguments, leaves a result, and ends as it is told to. */
const standIn = `#!${process.execPath}
const fs = require('fs');
fs.writeFileSync('args.json', JSON.stringify(process.argv.slice(2)));
const { OUTCOME, CODE } = process.env;
const out = process.argv.find((arg) => arg.startsWith('--out=')).slice(6);
fs.mkdirSync(require('path').dirname(out), { recursive: true });
if (OUTCOME) fs.writeFileSync(out, JSON.stringify({ judgement: { verdict: { outcome: OUTCOME } } }));
process.exit(Number(CODE));
`;

/** Runs the action's one step with these inputs, as the runner of GitHub does. */
async function run(inputs: Record<string, string>, outcome: string, code: number) {
  const { inputs: known, runs } = await action();
  const [step] = runs.steps;
  const value = (expression: string) => {
    const [, name = ''] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression) ?? [];
    return inputs[name] ?? known[name].default;
  };
  const env = Object.fromEntries(
    Object.entries<string>(step.env).map(([name, expression]) => [name, value(expression)]),
  );
  const bin = join(dir, 'node_modules', '.bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'kvbench'), standIn);
  await chmod(join(bin, 'kvbench'), 0o755);
  await writeFile(join(dir, 'step.sh'), step.run);
  const output = join(dir, 'output');
  const { exitCode } = await execa(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', 'step.sh'],
    {
      cwd: dir,
      reject: false,
      env: {
        ...env,
        ...{ GITHUB_OUTPUT: output, RUNNER_TEMP: dir, GITHUB_ACTION_PATH: packagePath('.') },
        ...{ OUTCOME: outcome, CODE: String(code) },
      },
    },
  );
  const args: string[] = JSON.parse(await readFile(join(dir, 'args.json'), 'utf8'));
  return { exitCode, args, outputs: await readFile(output, 'utf8') };
}

test.each([
  ['pass', 0],
  ['regression', 1],
  ['untrusted', 4],
])('%s: the outputs, and exit code %i', async (outcome, code) => {
  const { exitCode, args, outputs } = await run({}, outcome, code);
  expect(exitCode).toBe(code);
  const [verdict, exit, reports = ''] = outputs.split('\n');
  expect([verdict, exit]).toEqual([`verdict=${outcome}`, `exit-code=${code}`]);
  // Each use has a directory of its own.
  const of = (text: string) => text.replace('report-dir=', '');
  expect(of(reports)).toMatch(new RegExp(`^${join(dir, 'kvbench-')}\\w+$`));
  const second = await run({}, outcome, code);
  expect(of(second.outputs.trim().split('\n').at(-1) ?? '')).not.toBe(of(reports));
  expect(args.slice(0, 2)).toEqual(['gate', '--base=HEAD^1']);
});

test('without a result there is no verdict', async () => {
  expect((await run({}, '', 3)).outputs).toMatch(/^verdict=none\nexit-code=3\n/);
});

test('inputs are arguments, whatever is in them, and never part of the script', async () => {
  const evil = '$(touch evil); "x" \'y\' `z` *';
  const inputs = {
    ...{ target: '--out=x', base: evil, config: evil },
    ...{ args: `--allow\n${evil}\n\n--force\n`, 'report-dir': './a b' },
  };
  const { args } = await run(inputs, 'pass', 0);
  expect(args).toEqual([
    'gate',
    `--base=${evil}`,
    ...['--out=./a b/gate.json', '--report=junit=./a b/gate.xml'],
    '--report=markdown=./a b/gate.md',
    `--config=${evil}`,
    ...['--allow', evil, '--force', '--', '--out=x'],
  ]);
  for (const step of (await action()).runs.steps) expect(step.run).not.toContain('${{');
});
