import { expect, test } from 'vitest';
import { secondOpinion } from '../../src/api/node-client.js';
import { nodeClientFigures } from '../../src/report/figures.js';
import type { RunResult, Trial } from '../../src/result/schema.js';
import { summarize } from '../../src/stats/summary.js';
import { aConfig, aResult, aTrial, failing } from '../helpers/results.js';

const ofClient = (...trials: Trial[]): NonNullable<RunResult['nodeClient']> => ({
  engine: { name: 'undici', version: '7.0.0' },
  rounds: 3,
  durationMs: 300,
  trials,
  summary: summarize({ config: aConfig(), trials }),
});
const taking = (p50Ns: number, changes: Partial<Trial> = {}) => {
  const trial = aTrial(changes);
  return { ...trial, serviceTime: trial.serviceTime && { ...trial.serviceTime, p50Ns } };
};

test.each([
  ['a slower client is no disagreement', taking(300_000), []],
  ['nor one that is as fast', taking(90_000), []],
  ['one that is much faster is', taking(70_000), ['engines-disagree']],
  [
    'nor may it alone see wrong answers',
    taking(300_000, { requests: failing({ mismatch: 1 }), firstError: 'GET /k: a wrong body' }),
    ['engines-disagree'],
  ],
])('%s', (_, trial, codes) => {
  const warnings = secondOpinion([taking(100_000)], ofClient(trial));
  expect(warnings.map(({ code }) => code)).toEqual(codes);
});

test('without a second opinion there is none', () => {
  expect(secondOpinion([aTrial()], null)).toEqual([]);
  expect(secondOpinion([], ofClient(aTrial()))).toEqual([]);
});

test('what a client gets is a table of its own', () => {
  const result = { ...aResult([aTrial()]), nodeClient: ofClient(taking(300_000)) };
  expect(nodeClientFigures(result)).toMatchObject({
    head: ['target', 'op', 'requests/s', 'P50', 'P99', 'errors'],
    rows: [['rust', 'get', '500', '300 µs', '990 µs', '0']],
  });
  expect(nodeClientFigures(aResult([aTrial()]))).toBeNull();
});
