import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.js';
import { gateConfig, serverProgram, useGatedProject } from '../helpers/gated.js';
import { readJunit } from '../helpers/junit.js';

const start = (file: string) => ({
  start: { command: [process.execPath, file, '--addr={addr}'], inputs: [file] },
});
const config = {
  ...JSON.parse(gateConfig()),
  targets: {
    api: start('api.mjs'),
    other: start('other.mjs'),
    there: { url: 'http://127.0.0.1:9' },
  },
};
const projects = useGatedProject({
  'api.mjs': serverProgram(),
  'other.mjs': serverProgram(),
  'kvbench.config.json': JSON.stringify(config),
});

const file = (name: string) => join(projects.current.state, name);
const gate = (...args: string[]) => {
  const forms = ['junit', 'json', 'markdown', 'bencher', 'github-action-benchmark'];
  const reports = forms.flatMap((form) => ['--report', `${form}=${file(form)}`]);
  const out = ['--base', 'main', '--out', file('gate.json'), ...reports];
  return projects.current.gate([...out, ...args]);
};

test('every target that can be built twice, in one call, one report and one exit code', async () => {
  await projects.current.write({ 'api.mjs': serverProgram({ note: 'another' }) });
  const { code, stdout, stderr } = await gate();
  expect(stderr).toContain('gating api');
  // What the change does not touch costs nothing.
  expect(stdout).toMatch(/^inconclusive: .*\n[\s\S]*^pass: other has the same files/m);
  expect(code).toBe(0);
  const { counts, suites } = readJunit(await readFile(file('junit'), 'utf8'));
  expect(counts['testsuite']).toBe(2);
  expect(suites.map(({ id }) => id)).toEqual(['0', '1']);
  const documents = JSON.parse(await readFile(file('json'), 'utf8'));
  expect(documents.map(({ target }: { target: string }) => target)).toEqual(['api', 'other']);
  for (const target of ['api', 'other']) {
    const saved = JSON.parse(await readFile(file(`gate.${target}.json`), 'utf8'));
    expect(saved).toMatchObject({ target, state: 'complete' });
  }
  for (const form of ['bencher', 'github-action-benchmark']) {
    expect(await readFile(file(form), 'utf8')).toContain('api');
  }
  const json = await cli(['gate', '--base', 'main', '--json'], {
    cwd: projects.current.path,
    env: projects.current.env,
  });
  expect(JSON.parse(json.stdout)).toHaveLength(2);
});

test('one that does not start keeps no other from being gated, and is the exit code', async () => {
  await projects.current.write({
    'api.mjs': 'process.exit(1);',
    'other.mjs': serverProgram({ note: 'another' }),
  });
  const { code, stdout, stderr } = await gate();
  expect(stdout).toMatch(/^no verdict: .*\n[\s\S]*^inconclusive: /m);
  expect(stderr).toMatch(/^error: head exited with code 1/m);
  expect(code).toBe(3);
});
