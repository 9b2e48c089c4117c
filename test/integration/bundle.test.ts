import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commandNames } from '../../src/cli/commands.js';
import { withSourceLines } from '../../src/cli/stack.js';
import { packagePath } from '../../src/package.js';
import { loadedBy, packageOf, sourcesOf } from '../helpers/bundle.js';

const filesBelow = (directory: string, ending: string) =>
  readdirSync(packagePath(directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => packagePath(join(directory, file)));

const scripts = filesBelow('dist', '.js');

test('what is started by its path is there', () => {
  const named = filesBelow('src', '.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/packagePath\('(dist\/[^']+)'\)/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named).toContain('dist/load/worker.js');
  expect(named.filter((path) => !existsSync(packagePath(path)))).toEqual([]);
});

test('licences travel with the code of others, of which there is no more than is used', async () => {
  const sources = (await Promise.all(scripts.map(sourcesOf))).flat();
  const packages = new Set(sources.flatMap((source) => packageOf(source) ?? []));
  const page = readFileSync(packagePath('dist/LICENSES.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (?!package)(\S+) \| \d\S* \| (.+) \|$/gm)];
  expect(new Set(rows.map(([, name]) => name))).toEqual(packages);
  for (const [, name, licence] of rows) {
    expect(`${name}: ${licence}`).toMatch(/MIT|ISC|BSD|Apache/);
    expect(page).toMatch(new RegExp(`^## (.*, )?${name}(,|$)`, 'm'));
  }
  // zod's messages in fifty languages came with `import { z }`.
  expect(sources.filter((source) => /zod\/.*\/locales\//.test(source))).toHaveLength(1);
});

describe('what is loaded', () => {
  const gate = packagePath('fixtures/gate/pass.json');
  const run = packagePath('fixtures/results/run.json');

  test.each([['--help'], ['--version'], ['help']])(
    'by %s: what parses a command line, and no command',
    async (arg) => {
      const { stdout, files, sources } = await loadedBy([arg]);
      if (arg !== '--version') for (const name of commandNames) expect(stdout).toContain(name);
      const packages = new Set(sources.flatMap((source) => packageOf(source) ?? []));
      // Of undici its version alone.
      expect([...packages].sort()).toEqual(['chalk', 'commander', 'undici']);
      expect(sources.filter((source) => source.startsWith('src/cli/commands/'))).toEqual([]);
      expect(files.length).toBeLessThan(20);
    },
  );

  test.each([
    ['report', gate],
    ['report', run],
    ['export', 'csv', run],
    ['compare', run, run],
    ['gate', '--replay', gate],
  ])('by %s %s: nothing that measures, builds or reads a config file', async (...args) => {
    const { stdout, sources } = await loadedBy(args);
    expect(stdout).not.toBe('');
    const packages = sources.flatMap((source) => packageOf(source) ?? []);
    for (const name of ['yaml', 'execa', 'tinyglobby', 'jiti'])
      expect(packages).not.toContain(name);
    expect(sources.filter((source) => /undici\/lib|src\/(run|targets)\//.test(source))).toEqual([]);
  });
});

test('the stack of a bug has lines of the source', async () => {
  const script = `
    import { packagePath } from ${JSON.stringify(packagePath('dist/internals.js'))};
    try { packagePath(null) } catch ({ stack }) { console.log(stack) }`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--input-type=module', '-e'],
    script,
  ]);
  expect(stdout).toMatch(/dist\/\S+\.js:\d+/);
  const [, file = '', line] = /packagePath \((\S+):(\d+):\d+\)/.exec(withSourceLines(stdout)) ?? [];
  expect(file).toBe(packagePath('src/package.ts'));
  expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain('resolve(');
});

test('a stack without a source map stays as it is', () => {
  const stack = 'Error: x\n    at f (file:///nowhere/x.js:1:2)\n    at g (node:fs:1:1)';
  expect(withSourceLines(stack)).toBe(stack);
});
