import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin();
const recorded = {
  run: 'fixtures/results/run.json',
  sweep: 'fixtures/results/sweep.json',
  gate: 'fixtures/gate/regression.json',
};

/** Every file that a report writes, by its name. */
async function filesOf(name: string, documents: readonly string[], env: NodeJS.ProcessEnv) {
  const paths = documents.map((path) => packagePath(path));
  const out = ['--html', `${name}/a.html`, '--markdown', `${name}/a.md`, '--svg', `${name}/charts`];
  const run = bins.current.start(['report', ...paths, ...out], { env });
  expect(await run.ended, run.output.stderr).toBe(0);
  const dir = join(bins.current.dir, name);
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.[a-z]+$/.test(path),
  );
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
}

test('the same bytes in every place and language', async () => {
  const here = await filesOf('here', Object.values(recorded), { TZ: 'UTC', LC_ALL: 'C' });
  const there = await filesOf('there', Object.values(recorded), {
    TZ: 'Asia/Kathmandu',
    LC_ALL: 'de_DE.UTF-8',
  });
  expect(Object.keys(here).length).toBeGreaterThan(15);
  expect(there).toEqual(here);
});

test.each(Object.entries(recorded))('%s: what is recorded is what was', async (name, path) => {
  const files = await filesOf('out', [path], {});
  const golden = (file: string) => packagePath(`fixtures/results/golden/${file}`);
  await expect(files['a.md']).toMatchFileSnapshot(golden(`${name}.md`));
  const text = bins.current.start(['report', packagePath(path)], { env: { LC_ALL: 'C.UTF-8' } });
  expect(await text.ended).toBe(0);
  for (const line of text.output.stdout.split('\n')) expect([...line].length).toBeLessThan(81);
  await expect(text.output.stdout).toMatchFileSnapshot(golden(`${name}.txt`));
});
