import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createHistogram, decodeHistogram, encodeHistogram } from '../../src/histogram.js';
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

test('a histogram of the native engine is read as one of ours', () => {
  const { recorded, encoded } = vectors['histogram'] as { recorded: number[]; encoded: string };
  const own = createHistogram();
  for (const ns of recorded) own.recordValue(ns);
  const theirs = decodeHistogram(encoded);
  for (const percentile of [0, 17, 40, 60, 90, 100]) {
    expect(theirs.getValueAtPercentile(percentile)).toBe(own.getValueAtPercentile(percentile));
  }
  expect(theirs.totalCount).toBe(recorded.length);
  theirs.add(own);
  expect(decodeHistogram(encodeHistogram(theirs)).totalCount).toBe(2 * recorded.length);
});

test('there are no others', () => {
  const files = readdirSync(packagePath('fixtures/load')).map((file) =>
    file.replace(/\.json$/, ''),
  );
  expect(files.sort()).toEqual(Object.keys(vectors).sort());
});
