import { describe, expect, test } from 'vitest';
import { readAccepted, withAccepted } from '../../src/gate/accepted.js';
import { defaultGatePolicy } from '../../src/gate/policy.js';
import { gateWarnings } from '../../src/gate/warnings.js';
import { aPolicy, createNormal, someRounds } from '../helpers/gate.js';

const commit = 'a'.repeat(40);
const read = (text: string, today = '2026-12-01') =>
  readAccepted([[commit, text]], defaultGatePolicy, today);

describe('what a trailer allows', () => {
  test('a figure, a share and the last day', () => {
    for (const text of ['get.p50=15% until 2026-12-01', 'get.p50 = 15 %  until 2026-12-01']) {
      const { accepted, warnings } = read(text);
      expect(accepted).toEqual([{ name: 'get.p50', share: 0.15, until: '2026-12-01', commit }]);
      expect(warnings).toEqual([]);
    }
    const { accepted, warnings } = read('get.p50=15% until 2026-11-30');
    expect(accepted).toEqual([]);
    expect(warnings[0]?.message).toContain('ran out on 2026-11-30');
  });

  test.each(['', 'get.p50=15%', 'put.p50=15% until 2026-12-31', 'p50=0% until 2026-12-31'])(
    '%j allows nothing, and says how to write it',
    (text) => {
      const { accepted, warnings } = read(text);
      expect(accepted).toEqual([]);
      expect(warnings[0]?.advice).toContain('get.p50=15% until');
    },
  );

  test('it takes the place of smaller allowances alone', () => {
    const policy = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'post.p50': 0.4 } });
    const allow = (name: string, share: number) =>
      withAccepted(policy, [{ name, share, until: '2026-12-31', commit }]).allowances;
    expect(allow('get.p50', 0.15)).toEqual({ ...policy.allowances, 'get.p50': 0.15 });
    expect(allow('p50', 0.2)).toMatchObject({ p50: 0.2, 'post.p50': 0.4 });
    expect(allow('p50', 0.5)).toMatchObject({ p50: 0.5, 'post.p50': 0.5 });
    for (const name of ['p50', 'get.p50', 'post.p50', 'rss']) {
      expect(allow(name, 0.01), name).toEqual(policy.allowances);
    }
  });
});

test('a policy that can prove nothing is told of, once there is a round', () => {
  const load = { durationMs: 1000, ratePerSecond: 8000 };
  const rounds = someRounds(1, { noise: createNormal(1) });
  const codes = (policy: Parameters<typeof aPolicy>[0]) =>
    gateWarnings(rounds, aPolicy(policy), load).map(({ code }) => code);
  const looks = [{ rounds: 8, regressionAlpha: 0.003, safeAlpha: 0.0125 }];
  expect(codes({})).toEqual([]);
  // 2 ** -8 is more than .003.
  expect(codes({ rounds: 8, looks })).toEqual(['powerless']);
  expect(codes({ confirmationAlpha: 0.001, confirmationRounds: 9 })).toEqual(['powerless']);
});
