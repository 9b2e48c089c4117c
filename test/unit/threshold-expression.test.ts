import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvbenchError } from '../../src/errors.js';
import { parseThreshold, type ThresholdExpression } from '../../src/stats/threshold-expression.js';

const every = { kind: 'target', target: null } as const;
const go = { kind: 'target', target: 'go' } as const;
const rustByGo = { kind: 'ratio', target: 'rust', reference: 'go' } as const;

describe('an expression says what fails', () => {
  test.each<[string, Partial<ThresholdExpression>]>([
    ['get.p99>5ms', { subject: every, operation: 'get', metric: 'p99', bound: 5e6, unit: 'ns' }],
    ['go.get.p50>120us', { subject: go, operation: 'get', metric: 'p50', bound: 120_000 }],
    ['go.*.p90>=1.1ms', { subject: go, operation: null, comparator: '>=', bound: 1_100_000 }],
    ['*.get.p999>2s', { subject: every, operation: 'get', metric: 'p999', bound: 2e9 }],
    ['go#2.get.max>7µs', { subject: { kind: 'target', target: 'go#2' }, bound: 7000 }],
    ['go#2.rss>1MB', { subject: { kind: 'target', target: 'go#2' }, operation: null, bound: 1e6 }],
    ['my-kv_2.post.cpu>30μs', { subject: { kind: 'target', target: 'my-kv_2' }, bound: 30_000 }],
    ['get:95,post:5.p99>5ms', { subject: every, operation: 'get:95,post:5' }],
    ['go.get:95,post:5.p99>5ms', { subject: go, operation: 'get:95,post:5' }],
    ['ratio(rust/go).get.p50>1.2', { subject: rustByGo, bound: 1.2, unit: 'ratio' }],
    ['ratio(rust/go).rps<0.9', { subject: rustByGo, operation: null, comparator: '<' }],
    ['ratio.p50>1ns', { subject: every, operation: 'ratio' }],
    ['rps<20000', { subject: every, operation: null, comparator: '<', unit: 'perSecond' }],
    ['errors>0', { metric: 'errors', bound: 0, unit: 'count' }],
    ['errors>0.1%', { metric: 'errors', bound: 0.001, unit: 'share' }],
    ['rss>64MiB', { metric: 'rss', bound: 64 * 2 ** 20, unit: 'bytes' }],
    ['rss <= 1 GiB', { comparator: '<=', bound: 2 ** 30 }],
    ['  ratio( rust / go ) . get . cpu > 1 ', { subject: rustByGo, bound: 1 }],
  ])('%s', (text, expected) => {
    expect(parseThreshold(text)).toMatchObject({ ...expected, source: text });
  });
});

describe('a mistake is shown where it is', () => {
  test.each([
    ['', '^', 'a target, an operation or a metric'],
    ['get.p98>5ms', '    ^', 'a metric of p50, p90, p99, p999, max, rps, cpu, rss or errors'],
    ['get.constructor>5', '    ^', 'a metric of'],
    ['get.p99', '       ^', 'one of >, >=, <, <='],
    ['get.p99==5ms', '       ^', 'one of >, >=, <, <='],
    ['get.p99>', '        ^', 'a number'],
    ['get.p99>-5ms', '        ^', 'a number'],
    ['get.p99>5', '         ^', 'a unit: ns, us, µs, ms or s'],
    ['get.p99>5MB', '         ^', 'a unit: ns, us, µs, ms or s'],
    ['rss>5', '     ^', 'a unit: B, k'],
    ['rps<20k', '      ^', 'a number alone:'],
    ['errors>1ms', '        ^', 'a number alone, or with %'],
    ['get.p99>5ms or so', '            ^', 'nothing more'],
    ['a.b.c.p99>5ms', '    ^', 'a metric'],
    ['get.go#2.p99>5ms', '    ^', 'an operation'],
    ['get:1,post:1.go.p99>5ms', '^', 'the name of a target'],
    ['Get.p99>5ms', '^', 'a target'],
    ['get.>5ms', '    ^', 'an operation or a metric:'],
    ['ratio().p99>1', '      ^', 'the name of a target:'],
    ['ratio(rust).p99>1', '          ^', 'a / and another target'],
    ['ratio(rust/).p99>1', '           ^', 'the name of a target:'],
    ['ratio(rust/go.p99>1', '             ^', 'a ):'],
    ['ratio(go/go).p99>1', '         ^', 'another target'],
    ['ratio(rust/go)p99>1', '              ^', 'a dot'],
    ['ratio(rust/go).max>1', '               ^', 'one of p50, p90, p99, rps, cpu or rss'],
    ['ratio(rust/go).p99>1ms', '                    ^', 'a number alone'],
    ['get.p99>5\tms', '         ^', 'a unit'],
    [`rps<${'9'.repeat(400)}`, '    ^', 'a smaller number'],
  ])('%s', (text, caret, expected) => {
    const { message, hint } = errorOf(text);
    expect(message).toContain(`there should be ${expected}`);
    expect(hint).toContain("Write what fails, as 'get.p99>5ms'");
    const [, shown, mark] = message.split('\n');
    expect(shown).toBe(`    ${text.replace('\t', ' ')}`);
    expect(mark).toBe(`    ${caret}`);
  });
});

function errorOf(text: string): KvbenchError {
  try {
    parseThreshold(text);
  } catch (error) {
    if (error instanceof KvbenchError) return error;
    throw error;
  }
  throw new Error(`${text} was understood`);
}

test('nothing but an expression or a usage error comes of any text', () => {
  const pieces = [
    'get',
    'go',
    '#2',
    '.',
    'p99',
    'ratio(',
    '/',
    ')',
    '>',
    '<=',
    '5',
    'ms',
    '%',
    ' ',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 2 })))
      .map((p) => p.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        expect(parseThreshold(source).source).toBe(source);
      } catch (error) {
        if (!(error instanceof KvbenchError)) throw error;
        expect(error.exitCode).toBe(2);
        expect(error.message.split('\n')).toHaveLength(3);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is written is what is read', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
  const target = fc.oneof(
    name,
    fc.tuple(name, fc.nat(99)).map(([n, i]) => `${n}#${i}`),
    fc.tuple(name, fc.integer({ min: 1, max: 512 })).map(([n, w]) => `${n}@${w}w`),
  );
  const mix = fc.tuple(name, name).map(([a, b]) => `${a}:95,${b}:5`);
  const operation = fc.option(fc.oneof(name, mix));
  const comparator = fc.constantFrom('>', '>=', '<', '<=');
  const bound = fc.nat(1e6);
  fc.assert(
    fc.property(fc.option(target), operation, comparator, bound, (t, o, c, b) => {
      expect(parseThreshold(`${t ?? '*'}.${o ?? '*'}.p99 ${c} ${b}us`)).toMatchObject({
        subject: { kind: 'target', target: t },
        operation: o,
        comparator: c,
        bound: b * 1000,
      });
    }),
  );
  fc.assert(
    fc.property(target, target, operation, comparator, (t, r, o, c) => {
      fc.pre(t !== r);
      expect(
        parseThreshold(`ratio(${t}/${r}).${o === null ? '' : `${o}.`}cpu${c}1.5`),
      ).toMatchObject({
        subject: { kind: 'ratio', target: t, reference: r },
        operation: o,
        comparator: c,
        bound: 1.5,
      });
    }),
  );
});
