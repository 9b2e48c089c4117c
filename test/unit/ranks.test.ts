import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rankFigures, rankSentences } from '../../src/report/ranks.js';
import type { RunResult } from '../../src/result/schema.js';

/** Targets with what they do for a CPU-second, and pairs that an interval separates. */
function aResult(medians: Record<string, number>, separated: [string, string][]): RunResult {
  const names = Object.keys(medians);
  const summary = names.map((target) => ({
    target,
    measure: 'throughput',
    operation: 'get',
    metrics: { requestsPerCpuSecond: { median: medians[target] } },
  }));
  const comparisons = names.flatMap((target, i) =>
    names.slice(i + 1).map((reference) => {
      const estimate = (medians[target] ?? 1) / (medians[reference] ?? 1);
      const isApart = separated.some((pair) => pair.includes(target) && pair.includes(reference));
      const verdict = isApart ? (estimate > 1 ? 'higher' : 'lower') : 'unclear';
      return {
        target,
        reference,
        measure: 'throughput',
        operation: 'get',
        metric: 'requestsPerCpuSecond',
        rounds: 10,
        verdict,
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
    'get: of 4 targets, in CPU a request nothing separates the first 3 (b, c, a); clearest of all, d costs 2.20× the CPU a request of b (1.98× to 2.42×).',
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
    /^get: of 4 targets, a takes the least CPU a request; nothing separates places 2–4 \(b, c, d\); clearest of all, d costs 1\.43× the CPU a request of a/,
  );
  expect(rankSentences(aResult({ a: 100, b: 90, c: 80, d: 70 }, []))).toEqual([
    'get: of 4 targets, nothing separates any from another in CPU a request.',
  ]);
});

test('groups that nothing separates, each by its places', () => {
  const names = { a: 100, b: 99, c: 80, d: 60, e: 59, f: 58 };
  const groups = ['ab', 'c', 'def'];
  const keys = Object.keys(names);
  const apart = keys.flatMap((x, i) =>
    keys
      .slice(i + 1)
      .filter((y) => !groups.some((group) => group.includes(x) && group.includes(y)))
      .map((y): [string, string] => [x, y]),
  );
  expect(rankSentences(aResult(names, apart))[0]).toMatch(
    /^get: of 6 targets, in CPU a request nothing separates the first 2 \(a, b\), nor places 4–6 \(d, e, f\); clearest of all, f costs 1\.72×/,
  );
});

test('every target stands in one group, and nothing in it is told apart', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), (apart) => {
      const names = { a: 100, b: 90, c: 80, d: 70, e: 60 };
      const keys = Object.keys(names);
      const pairs = keys.flatMap((x, i) => keys.slice(i + 1).map((y): [string, string] => [x, y]));
      const separated = pairs.filter((_, index) => apart[index]);
      const [sentence = ''] = rankSentences(aResult(names, separated));
      const told = [...sentence.matchAll(/\(((?:[a-e], )+[a-e])\)/g)].map(([, text = '']) =>
        text.split(', '),
      );
      expect(new Set(told.flat()).size).toBe(told.flat().length);
      for (const [x, y] of separated) {
        expect(told.some((group) => group.includes(x) && group.includes(y))).toBe(false);
      }
    }),
  );
});

test('how many workers each had is told, unless names tell', () => {
  const result = aResult({ a: 100, b: 90, c: 80, d: 70 }, []);
  const withPlacement = (targets: string[]) =>
    ({ ...result, placement: { workers: 2 }, config: { targets } }) as unknown as RunResult;
  expect(rankSentences(withPlacement(['a', 'b', 'c', 'd']))[0]).toMatch(
    /^get: of 4 targets with 2 workers each, /,
  );
  expect(rankSentences(withPlacement(['a@1w', 'a@2w', 'c', 'd']))[0]).toMatch(
    /^get: of 4 targets, /,
  );
});
