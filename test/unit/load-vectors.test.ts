import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { loadVectors } from '../helpers/load-vectors.js';

const vectors = loadVectors();

test.each(Object.entries(vectors))(
  'fixtures/load/%s.json is what this side computes',
  (name, own) => {
    const shared = JSON.parse(readFileSync(packagePath(`fixtures/load/${name}.json`), 'utf8'));
    expect(JSON.parse(JSON.stringify(own))).toEqual(shared);
  },
);

test('there are no others', () => {
  const files = readdirSync(packagePath('fixtures/load')).map((file) =>
    file.replace(/\.json$/, ''),
  );
  expect(files.sort()).toEqual(Object.keys(vectors).sort());
});
