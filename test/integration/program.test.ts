import { describe, expect, test } from 'vitest';
import { loadProject } from '../../src/api/project.js';
import { directoryWith, mistakeOf, projectOf } from '../helpers/project.js';

const name = 'kvbench.config.mjs';
const mend = 'Mend the program: its default export is the config, or a function that gives it.';

describe('a config program', () => {
  test.each([
    ['js', 'module.exports = { run: { rounds: 3 } };'],
    ['mjs', 'export default async () => ({ run: { rounds: 3 } });'],
    ['ts', 'const rounds: number = 3;\nexport default { run: { rounds } } satisfies object;'],
  ])('in %s says the same as a file', async (extension, text) => {
    const project = await projectOf(text, `kvbench.config.${extension}`);
    expect(project.file).toEqual({ run: { rounds: 3 } });
    // Its settings have no place but the file.
    expect(project.position('run', 'rounds')).toBe(`kvbench.config.${extension}`);
  });

  test.each([
    ['ts', 'export default {', 'kvbench.config.ts failed: '],
    ['ts', 'throw new Error("no luck.\\nat all")', 'kvbench.config.ts failed: no luck. Mend'],
    ['mjs', 'throw undefined', 'kvbench.config.mjs failed: undefined. Mend'],
    ['mjs', 'import "./not-there.mjs"', 'kvbench.config.mjs failed: Cannot find module'],
    ['mjs', 'export default undefined', 'kvbench.config.mjs'],
    ['js', 'module.exports = { run: { seed: () => 1 } }', 'run.seed is a function. Give a number'],
    ['mjs', 'export default { run: { rate: 0 } }', 'kvbench.config.mjs, run.rate is 0. Give at'],
  ])('in %s: %j is a mistake with its place', async (extension, text, told) => {
    const attempt = () => projectOf(text, `kvbench.config.${extension}`);
    expect(await mistakeOf(attempt)).toContain(told);
  });

  test.each([
    ['leaves a timer', 'setInterval(() => {}, 1000);'],
    ['leaves a server', 'import { createServer } from "node:net"; createServer().listen(0);'],
    ['fails later', 'setTimeout(() => { throw new Error("late"); }, 300);'],
    ['rejects later', 'setTimeout(() => Promise.reject(new Error("late")), 300);'],
    ['exits later', 'setTimeout(() => process.exit(7), 300);'],
    ['prints', 'console.log("hello");'],
  ])('that %s gives its config', async (_, text) => {
    const { file } = await projectOf(`${text}\nexport default { run: { seed: 3 } };`, name);
    expect(file).toEqual({ run: { seed: 3 } });
  });

  test.each([
    [
      'never settles',
      'export default () => new Promise(() => {})',
      'waits for a promise that never settles',
    ],
    [
      'never loads',
      'await new Promise(() => {}); export default {}',
      'waits for a promise that never settles',
    ],
    ['exits', 'process.exit(7)', 'ended itself with process.exit(7)'],
    ['exits well', 'export default () => process.exit()', 'ended itself with process.exit(0)'],
    [
      'has a getter that throws',
      'export default { get run() { throw new Error("no") } }',
      'failed: no',
    ],
    [
      'rejects beside',
      'export default async () => { Promise.reject(new Error("aside")); await new Promise((r) => setTimeout(r, 1000)); return {} }',
      'failed: aside',
    ],
    [
      'throws beside',
      'export default () => { setTimeout(() => { throw new Error("aside") }); return new Promise(() => {}) }',
      'failed: aside',
    ],
    [
      'holds itself',
      'const a = {}; a.run = a; export default a',
      'failed: its config is nested more than 100 deep',
    ],
    ['throws a symbol', 'throw Symbol("x")', 'failed: '],
  ])('that %s is one sentence', async (_, text, told) => {
    const mistake = await mistakeOf(() => projectOf(text, name));
    expect(mistake).toContain(`${name} ${told}`);
    expect(mistake).toContain(mend);
  });

  test('that never ends is ended', async () => {
    const { dir, remove } = await directoryWith({ [name]: 'for (;;);' });
    const mistake = await mistakeOf(() => loadProject(dir, null, { timeoutMs: 300 }));
    expect(mistake).toBe(`${name} gave no config within 0.3 s. ${mend}`);
    const abort = new AbortController();
    const loading = loadProject(dir, null, { signal: abort.signal });
    abort.abort(new Error('interrupted'));
    await expect(loading).rejects.toThrow('interrupted');
    await remove();
  });

  test('may set variables for what is started', async () => {
    await projectOf('process.env.KVBENCH_TEST_SET = "1"; export default {}', name);
    expect(process.env['KVBENCH_TEST_SET']).toBe('1');
    delete process.env['KVBENCH_TEST_SET'];
  });
});
