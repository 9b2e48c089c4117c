import { describe, expect, test } from 'vitest';
import { readAccepted, withAccepted } from '../../src/gate/accepted.js';
import { allowanceOf, defaultGatePolicy } from '../../src/gate/policy.js';
import { aPolicy } from '../helpers/gate.js';

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
    expect(read('get.p50=15% until 2026-11-30')).toEqual({
      accepted: [],
      warnings: [
        {
          code: 'accepted',
          message:
            'Kvbench-Allow of aaaaaaa ran out on 2026-11-30: get.p50 is held to its allowance again.',
          advice: 'Mend what it allowed, or raise the allowance in the config file.',
        },
      ],
    });
  });

  test.each([
    '',
    'get.p50=15%',
    'put.p50=15% until 2026-12-31',
    'p50=0% until 2026-12-31',
    'p50=1001% until 2026-12-31',
    'p50=15% until 2026-13-01',
    'p50=15% until 2026-12-31, or later',
  ])('%j allows nothing, and says how to write it', (text) => {
    expect(read(text)).toEqual({
      accepted: [],
      warnings: [
        {
          code: 'accepted',
          message: `Kvbench-Allow of aaaaaaa allows nothing: ${JSON.stringify(text)} is no figure of this gate with a share and a day.`,
          advice: 'Write it as Kvbench-Allow: get.p50=15% until 2027-01-31.',
        },
      ],
    });
  });

  test('it takes the place of smaller allowances alone', () => {
    const policy = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'post.p50': 0.4 } });
    const until = '2026-12-31';
    const allow = (...shares: [string, number][]) => {
      const accepted = shares.map(([name, share]) => ({ name, share, until, commit }));
      return withAccepted(policy, accepted).allowances;
    };
    expect(allow(['get.p50', 0.15])).toEqual({ ...policy.allowances, 'get.p50': 0.15 });
    expect(allow(['p50', 0.2])).toMatchObject({ p50: 0.2, 'post.p50': 0.4 });
    expect(allow(['p50', 0.5])).toMatchObject({ p50: 0.5, 'post.p50': 0.5 });
    // Of several the largest counts, whichever comes first.
    const several = [
      ['get.p50', 0.1],
      ['p50', 0.2],
      ['get.p50', 0.15],
    ] satisfies [string, number][];
    for (const shares of [several, several.toReversed()]) {
      const key = { metric: 'p50', operation: 'get' } as const;
      expect(allowanceOf({ ...policy, allowances: allow(...shares) }, key)).toBe(0.2);
    }
    for (const name of ['p50', 'get.p50', 'post.p50', 'rss']) {
      expect(allow([name, 0.01]), name).toEqual(policy.allowances);
    }
  });
});
