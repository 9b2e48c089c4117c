import { expect, test } from 'vitest';
import { rankFigures, rankSentences } from '../../src/report/ranks.js';
import type { RunResult } from '../../src/result/schema.js';

/** Targets with what they do for a CPU-second, and pairs that an interval separates. */
function aResult(medians: Record<string, number>, separated: [string, string][]): RunResult {
  const names = Object.keys(medians);
  const summary = names.map((target) => ({
    ...{ target, measure: 'throughput', operation: 'get' },
    metrics: { requestsPerCpuSecond: { median: medians[target] } },
  }));
  const comparisons = names.flatMap((target, i) =>
    names.slice(i + 1).map((reference) => {
      const estimate = (medians[target] ?? 1) / (medians[reference] ?? 1);
      const isApart = separated.some((pair) => pair.includes(target) && pair.includes(reference));
      const verdict = isApart ? (estimate > 1 ? 'higher' : 'lower') : 'unclear';
      return {
        ...{ target, reference, measure: 'throughput', operation: 'get' },
        ...{ metric: 'requestsPerCpuSecond', rounds: 10, verdict },
        ratio: { estimate, low: estimate * 0.9, high: estimate * 1.1, confidence: 0.99 },
      };
    }),
  );
  return { summary, comparisons } as unknown as RunResult;
}

test('what no interval separates shares its ranks', () => {
  const result = aResult({ a: 100, b: 110, c: 105, d: 50 }, [
    ['a', 'd'],
    ['b', 'd'],
    ['c', 'd'],
  ]);
  const [table] = rankFigures(result);
  expect(table?.title).toBe('Ranks, get');
  expect(table?.rows).toEqual([
    ['b', '1–3', '110'],
    ['c', '1–3', '105'],
    ['a', '1–3', '100'],
    ['d', '4', '50.0'],
  ]);
  expect(rankSentences(result)).toEqual([
    'get: of 4 targets, nothing separates the first 3 in requests per CPU-second (b, c, a); d answers 0.45× as many as b (0.41× to 0.51×).',
  ]);
});

test('a chain: neighbours share, the ends do not', () => {
  const result = aResult({ a: 100, b: 90, c: 80, d: 70 }, [
    ['a', 'c'],
    ['a', 'd'],
    ['b', 'd'],
  ]);
  expect(rankFigures(result)[0]?.rows.map(([name, rank]) => `${name} ${rank}`)).toEqual([
    ...['a 1–2', 'b 1–3', 'c 2–4', 'd 3–4'],
  ]);
});

test('one in the lead, or none', () => {
  const apart: [string, string][] = [
    ['a', 'b'],
    ['a', 'c'],
    ['a', 'd'],
  ];
  expect(rankSentences(aResult({ a: 100, b: 90, c: 80, d: 70 }, apart))[0]).toMatch(
    /^get: of 4 targets, a answers the most requests per CPU-second; d answers 0\.70× as many as a/,
  );
  expect(rankSentences(aResult({ a: 100, b: 90, c: 80, d: 70 }, []))).toEqual([
    'get: of 4 targets, nothing separates any from the first in requests per CPU-second.',
  ]);
});
