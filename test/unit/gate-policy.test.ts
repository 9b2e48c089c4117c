import { describe, expect, test } from 'vitest';
import {
  allowanceOf,
  defaultGatePolicy,
  type GatePolicy,
  type GateSettings,
  gatePolicySchema,
  gateSettingsSchema,
  type Look,
  toGatePolicy,
} from '../../src/gate/policy.js';
import { aPolicy } from '../helpers/gate.js';

const [firstLook] = defaultGatePolicy.looks as [Look];

describe('the policy', () => {
  test('without flags is a valid one, with the levels that were fixed beforehand', () => {
    expect(gatePolicySchema.parse(defaultGatePolicy)).toEqual(defaultGatePolicy);
    const total = (read: (look: GatePolicy['looks'][number]) => number) =>
      defaultGatePolicy.looks.map(read).reduce((a, b) => a + b);
    expect(total((look) => look.regressionAlpha)).toBeCloseTo(0.01, 12);
    expect(total((look) => look.safeAlpha)).toBeCloseTo(0.05, 12);
    expect(defaultGatePolicy.looks.map(({ rounds }) => rounds)).toEqual([12, 24, 48]);
  });

  test.each<[Partial<GatePolicy>, string]>([
    [{ allowances: { ...defaultGatePolicy.allowances, 'put.p50': 0.1 } }, 'names put.p50'],
    [{ allowances: { ...defaultGatePolicy.allowances, p50: 0 } }, '>0'],
    [{ rounds: 11 }, 'must be 12 or more'],
    [{ looks: [...defaultGatePolicy.looks].reverse() }, 'more rounds each'],
    [{ looks: [firstLook, firstLook] }, 'more rounds each'],
    [{ metrics: ['p50', 'p50'] }, 'names a metric twice'],
    [{ operations: ['get', 'get'] }, 'names an operation twice'],
    [{ operations: [] }, '>=1'],
  ])('%j is refused', (changes, message) => {
    const { error } = gatePolicySchema.safeParse({ ...defaultGatePolicy, ...changes });
    expect(error?.message).toContain(message);
  });

  test('settings go over the defaults, allowances one by one', () => {
    expect(toGatePolicy({})).toEqual(defaultGatePolicy);
    const settings = gateSettingsSchema.parse({
      operations: ['get'],
      allowances: { 'get.p99': 0.2 },
    });
    expect(toGatePolicy(settings)).toEqual({
      ...defaultGatePolicy,
      operations: ['get'],
      allowances: { ...defaultGatePolicy.allowances, 'get.p99': 0.2 },
    });
  });

  test('as many rounds as the first look is at are enough', () => {
    expect(gatePolicySchema.safeParse({ ...defaultGatePolicy, rounds: 12 }).success).toBe(true);
  });

  test('more rounds bring more looks, which share what the last one could spend', () => {
    for (const [rounds, more] of [
      [49, [49]],
      [96, [96]],
      [150, [96, 150]],
      [1000, [96, 192, 384, 768, 1000]],
    ] as const) {
      const { looks } = toGatePolicy({ rounds });
      expect(looks.map((look) => look.rounds)).toEqual([12, 24, 48, ...more]);
      expect(looks.slice(0, 2)).toEqual(defaultGatePolicy.looks.slice(0, 2));
      for (const look of looks.slice(2)) {
        expect(look.regressionAlpha).toBeCloseTo(0.004 / (more.length + 1), 12);
        expect(look.safeAlpha).toBeCloseTo(0.025 / (more.length + 1), 12);
      }
    }
  });

  test('no more rounds, or looks of his own: he has the looks as they are', () => {
    for (const rounds of [undefined, 12, 47, 48]) {
      expect(toGatePolicy({ rounds }).looks).toEqual(defaultGatePolicy.looks);
    }
    const own = [{ rounds: 10, regressionAlpha: 0.01, safeAlpha: 0.05 }];
    expect(toGatePolicy({ rounds: 150, looks: own }).looks).toEqual(own);
  });

  test.each<[GateSettings, string]>([
    [{ rounds: 5 }, 'rounds of the gate must be 12 or more: the first look is at so many.'],
    [{ rounds: 1001 }, 'rounds of the gate is 1001.'],
    [{ rounds: 99.5 }, 'rounds of the gate is 99.5, not a whole number.'],
    [{ rounds: Number.POSITIVE_INFINITY }, 'rounds of the gate is Infinity.'],
    [{ rounds: 'many' as never }, 'rounds of the gate is the text "many".'],
    [
      { allowances: { nope: 0.1 } },
      'allowances of the gate names nope, which is no figure of the gate.',
    ],
    [{ looks: [] }, 'looks of the gate is empty.'],
    [
      { looks: [firstLook, firstLook] },
      'looks of the gate must be at more rounds each than the one before.',
    ],
    [{ looks: [{ ...firstLook, rounds: 0 }] }, 'looks.0.rounds of the gate is 0.'],
    [{ speed: 9 } as object, 'speed of the gate is not a setting that there is.'],
  ])('%j is a usage error', (settings, message) => {
    const hint = expect.stringMatching(/^[A-Z].*\. See docs\/gate\.md\.$/);
    expect(() => toGatePolicy(settings)).toThrow(
      expect.objectContaining({ name: 'KvbenchError', kind: 'usage', message, hint }),
    );
  });

  test('an allowance of an operation goes before that of its metric', () => {
    const policy = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'get.p99': 0.3 } });
    expect(allowanceOf(policy, { metric: 'p99', operation: 'get' })).toBe(0.3);
    expect(allowanceOf(policy, { metric: 'p99', operation: 'post' })).toBe(0.1);
    expect(allowanceOf(policy, { metric: 'rss', operation: null })).toBe(0.1);
  });
});
