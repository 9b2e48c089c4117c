import { readFileSync } from 'node:fs';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replay } from '../../src/gate/judge.js';
import { type GateResult, gateResultSchema } from '../../src/gate/schema.js';
import { gateReporters } from '../../src/report/gate/reporters.js';
import { aGateResult, createNormal, someRounds } from '../helpers/gate.js';
import { readJunit } from '../helpers/junit.js';

const chalk = new Chalk({ level: 0 });
const fixtures = [
  'pass',
  'regression',
  'inconclusive',
  'untrusted',
  'identical',
  'hostile',
] as const;
const recorded = (name: string): GateResult =>
  gateResultSchema.parse(
    JSON.parse(readFileSync(new URL(`../../fixtures/gate/${name}.json`, import.meta.url), 'utf8')),
  );
type Name = keyof typeof gateReporters;
const render = (name: Name, result: GateResult) => gateReporters[name](result, { chalk });
const endings: Record<Name, string> = {
  text: 'txt',
  markdown: 'md',
  junit: 'xml',
  json: 'json',
  github: 'github.txt',
  bencher: 'bencher.json',
  'github-action-benchmark': 'action.json',
  benchstat: 'bench',
};

describe.each(fixtures)('%s', (name) => {
  const result = recorded(name);

  test('was judged as it would be now', () => {
    expect(replay(result)).toEqual(result.judgement);
  });

  test.each(Object.keys(endings).filter((form) => form !== 'json') as Name[])(
    'as %s',
    async (form) => {
      const golden = new URL(
        `../../fixtures/gate/golden/${name}.${endings[form]}`,
        import.meta.url,
      );
      await expect(render(form, result)).toMatchFileSnapshot(golden.pathname);
    },
  );

  test('fits 80 columns', () => {
    for (const line of render('text', result).split('\n')) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('is JUnit by the rules of its schema, and counts right', () => {
    const { counts, suites } = readJunit(render('junit', result));
    const [{ tests, failures, errors, skipped } = {}] = suites;
    const found = [counts['testcase'], counts['failure'], counts['error'], counts['skipped']];
    expect([tests, failures, errors, skipped].map(Number)).toEqual(found.map((n) => n ?? 0));
  });

  test('is the same document as JSON', () => {
    expect(JSON.parse(render('json', result))).toEqual(result);
  });

  test('has the shapes that Bencher and github-action-benchmark take', () => {
    for (const measures of Object.values(JSON.parse(render('bencher', result)))) {
      for (const [measure, metric] of Object.entries(measures as Record<string, object>)) {
        expect(measure.length).toBeLessThanOrEqual(64);
        const { value, ...bounds } = metric as Record<string, number>;
        expect(value).toEqual(expect.any(Number));
        for (const [bound, at] of Object.entries(bounds)) {
          expect(['lower_value', 'upper_value']).toContain(bound);
          expect(at).toEqual(expect.any(Number));
        }
      }
    }
    for (const entry of JSON.parse(render('github-action-benchmark', result))) {
      expect(Object.keys(entry).sort()).toEqual(['extra', 'name', 'unit', 'value']);
      expect(entry.value).toEqual(expect.any(Number));
    }
  });

  test('is in the format of Go benchmarks', () => {
    for (const line of render('benchstat', result).trimEnd().split('\n')) {
      expect(line).toMatch(/^([a-z]+: .*|Benchmark\S+\t\d+(\t[\d.]+ [a-z\d/-]+)+)$/);
    }
  });
});

test('annotations: an error for what fails, a warning for what does not, nothing for a pass', () => {
  const kinds = fixtures.map((name) => [name, render('github', recorded(name)).slice(0, 9)]);
  expect(Object.fromEntries(kinds)).toMatchObject({
    pass: '',
    identical: '',
    regression: '::error t',
    untrusted: '::error t',
    inconclusive: '::warning',
  });
  const failing = recorded('inconclusive');
  failing.policy.onInconclusive = 'fail';
  expect(render('github', failing)).toMatch(/^::error title=/);
});

test('a session without a verdict says so', () => {
  const result = aGateResult(someRounds(3, { noise: createNormal(1) }), { state: 'interrupted' });
  expect(render('text', result)).toContain('no verdict: the session was interrupted');
  expect(render('github', result)).toMatch(/^::error /);
  expect(readJunit(render('junit', result)).counts['error']).toBe(1);
});

test('a long mix of operations still fits a terminal', () => {
  const operations = ['get:9999,post:1', 'get:1,post:999999'];
  const rounds = someRounds(
    12,
    { noise: createNormal(1), ratios: { rss: 9.5, cpu: 0.5 } },
    operations,
  );
  const result = aGateResult(rounds, { policy: { ...recorded('pass').policy, operations } });
  for (const line of render('text', result).split('\n')) expect(line.length, line).toBeLessThan(81);
});

describe('text from outside is inert', () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      ...[
        '\n',
        '\r',
        '\u001b[2J',
        '\u0000',
        '\ud800',
        '\uffff',
        '\u202e',
        ':',
        '::',
        '::error::',
        ' ',
      ],
      ...[
        '%0A',
        '<script>',
        '"',
        "'",
        '&',
        ']]>',
        '|',
        '`',
        '[x](y)',
        '![i](u)',
        '##[group]',
        '@me',
        'a',
      ],
      ...['https://x', 'www.x', '*', '_', '<!--'],
    ),
    minLength: 1,
  });

  test('in every form', () => {
    const plain = recorded('untrusted');
    const { verdict } = plain.judgement;
    fc.assert(
      fc.property(nasty, (text) => {
        const result: GateResult = {
          ...plain,
          target: text,
          base: { ...plain.base, label: text },
          judgement: { ...plain.judgement, verdict: verdict && { ...verdict, detail: text } },
          warnings: [{ code: 'x', message: text, advice: text }],
        };
        for (const form of ['text', 'markdown', 'github', 'benchstat'] as const) {
          const printed = render(form, result);
          // Lines end, and benchstat's columns are apart by tabs.
          const kept = printed.replaceAll('\n', '').replaceAll(/\t(?=\d)/g, '');
          expect(kept).not.toMatch(/[\p{Control}\u202e]/u);
        }
        // No line of a log begins with a command that is not our own.
        const commands = (printed: string) =>
          printed.split('\n').filter((line) => /^\s*::|##\[/.test(line));
        expect(commands(render('text', result))).toEqual([]);
        expect(commands(render('benchstat', result))).toEqual([]);
        const own = commands(render('github', result));
        expect(own).toHaveLength(2);
        for (const line of own) expect(line).toMatch(/^::(error|warning) title=[^:,]*::/);
        readJunit(render('junit', result));
        const markdown = render('markdown', result)
          .replace(/<\/?(sub|code)>/g, '')
          .replace('❌ **untrusted**', '');
        expect(markdown).not.toMatch(/[<>@]|https?:\/\//);
        expect(markdown).not.toMatch(/(?<!\\)[`[\]*!]/);
        const tableRows = markdown.split('\n').filter((line) => line.startsWith('|'));
        for (const row of tableRows) expect(row.split(/(?<!\\)\|/)).toHaveLength(9);
      }),
      { numRuns: 50 },
    );
  });
});
