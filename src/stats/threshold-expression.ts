import { sizeUnits } from '../config/units.js';
import { KvbenchError } from '../errors.js';
import {
  aboutMetric,
  metricNamed,
  namedMetrics,
  type TrialMetric,
  type TrialUnit,
} from './metrics.js';

export type Comparator = '>' | '>=' | '<' | '<=';

/** What a threshold can be about. */
const thresholdMetrics = [...namedMetrics, 'errors'] as const;

type ThresholdMetric = (typeof thresholdMetrics)[number];

function aboutThreshold(metric: ThresholdMetric): Pick<TrialMetric, 'unit' | 'isCompared'> {
  return metric === 'errors' ? { unit: 'count' } : aboutMetric(metricNamed[metric]);
}

/** What makes a run fail, as data: `go.get.p99>5ms`. */
export interface ThresholdExpression {
  /** As it was given. */
  source: string;
  /** A null target stands for every one. */
  subject:
    | { kind: 'target'; target: string | null }
    | { kind: 'ratio'; target: string; reference: string };
  /** Null stands for every one. The one name of `go.rss` stands here, though it may be a target's. */
  operation: string | null;
  metric: ThresholdMetric;
  comparator: Comparator;
  /** In `unit`. */
  bound: number;
  unit: TrialUnit;
}

const unitFactors: Record<TrialUnit, Readonly<Record<string, number>>> = {
  ns: { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 },
  bytes: { ...sizeUnits, GB: 1e9, GiB: 2 ** 30 },
  count: { '': 1 },
  share: { '%': 0.01 },
  ratio: { '': 1 },
  perSecond: { '': 1 },
};

const target = /[a-z][a-z0-9_-]*(?:\+[a-z0-9]+)*(?:@\d+w)?(?:#\d+)?/y;
/** A target, a request, a mix of requests, a metric, or `*`. */
const word =
  /\*|[a-z][a-z0-9_-]*(?:(?:\+[a-z0-9]+)+(?:@\d+w)?(?:#\d+)?|@\d+w(?:#\d+)?|#\d+|(?::\d+)(?:,[a-z][a-z0-9_-]*:\d+)*)?/y;

/**
 * Reads one expression: `[target.][operation.]metric comparator bound`, or
 * `ratio(target/reference).[operation.]metric comparator bound`. Throws a usage error that shows the
 * place.
 */
export function parseThreshold(text: string): ThresholdExpression {
  const scanner = new Scanner(text);
  const ratio = ratioOf(scanner);
  const qualifiers: Word[] = [];
  let last = scanner.expect(word, 'a target, an operation or a metric');
  while (scanner.take(/\./y)) {
    qualifiers.push(last);
    last = scanner.expect(word, 'an operation or a metric');
  }
  const names = namesOf(qualifiers, ratio, scanner);
  const metric = metricOf(last, ratio !== null, scanner);
  const comparator = scanner.expect(/[<>]=?/y, 'one of >, >=, <, <=').text as Comparator;
  return { source: text, ...names, metric, comparator, ...boundOf(metric, ratio, scanner) };
}

type Ratio = Extract<ThresholdExpression['subject'], { kind: 'ratio' }>;

function ratioOf(scanner: Scanner): Ratio | null {
  if (!scanner.take(/ratio\(/y)) return null;
  const first = scanner.expect(target, 'the name of a target');
  scanner.expect(/\//y, 'a / and another target');
  const second = scanner.expect(target, 'the name of a target');
  if (first.text === second.text) scanner.fail(second.at, 'another target');
  scanner.expect(/\)/y, 'a )');
  scanner.expect(/\./y, 'a dot, and what the ratio is of');
  return { kind: 'ratio', target: first.text, reference: second.text };
}

function namesOf(
  qualifiers: readonly Word[],
  ratio: Ratio | null,
  scanner: Scanner,
): Pick<ThresholdExpression, 'subject' | 'operation'> {
  const surplus = qualifiers[ratio ? 1 : 2];
  if (surplus) scanner.fail(surplus.at, 'a metric');
  const isTarget = ({ text }: Word) => /[#+@]/.test(text);
  const [first, second] = qualifiers;
  // `go#2` or `go+mutex` can't be an operation, and so the one name of `go#2.rss` is a target's.
  const whole = first && (second || (!ratio && isTarget(first))) ? first : undefined;
  const operation = whole ? second : first;
  if (whole?.text.includes(':')) scanner.fail(whole.at, 'the name of a target');
  if (operation && isTarget(operation)) scanner.fail(operation.at, 'an operation');
  return {
    subject: ratio ?? { kind: 'target', target: nameOf(whole) },
    operation: nameOf(operation),
  };
}

function nameOf(found: Word | undefined): string | null {
  return found === undefined || found.text === '*' ? null : found.text;
}

function metricOf({ text, at }: Word, inRatio: boolean, scanner: Scanner): ThresholdMetric {
  const metrics = thresholdMetrics.filter((name) => !inRatio || aboutThreshold(name).isCompared);
  const found = metrics.find((name) => name === text);
  return found ?? scanner.fail(at, `${inRatio ? 'one' : 'a metric'} of ${list(metrics)}`);
}

function boundOf(
  metric: ThresholdMetric,
  ratio: Ratio | null,
  scanner: Scanner,
): Pick<ThresholdExpression, 'bound' | 'unit'> {
  const number = scanner.expect(/\d+(?:\.\d+)?/y, 'a number');
  const { text: suffix, at } = scanner.expect(/[a-zA-Zµμ%]*/y, 'a unit');
  const unit = ratio ? 'ratio' : aboutThreshold(metric).unit;
  const asked = unit === 'count' && suffix === '%' ? 'share' : unit;
  const factors = unitFactors[asked];
  // There are two characters that look like this.
  const known = suffix.replace('μ', 'µ');
  if (!Object.hasOwn(factors, known)) {
    const units = Object.keys(factors);
    const none = metric === 'errors' ? 'a number alone, or with %' : 'a number alone';
    scanner.fail(at, units.includes('') ? none : `a unit: ${list(units)}`);
  }
  scanner.expectEnd();
  const bound = Number(number.text) * (factors[known] ?? Number.NaN);
  if (!Number.isFinite(bound)) scanner.fail(number.at, 'a smaller number');
  // 1.1 × 1e6 is a little more than 1100000.
  return { bound: Number(bound.toPrecision(12)), unit: asked };
}

function list(items: readonly string[]): string {
  return `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}

interface Word {
  text: string;
  at: number;
}

/** Goes through a text from left to right; spaces between words do not matter. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next word, if it is one of that kind; the pattern must be sticky. */
  take(pattern: RegExp): Word | null {
    while (this.#text[this.#at] === ' ') this.#at++;
    const at = this.#at;
    pattern.lastIndex = at;
    const [text] = pattern.exec(this.#text) ?? [];
    if (text === undefined) return null;
    this.#at += text.length;
    return { text, at };
  }

  expect(pattern: RegExp, expected: string): Word {
    return this.take(pattern) ?? this.fail(this.#at, expected);
  }

  expectEnd(): void {
    if (!this.take(/$/y)) this.fail(this.#at, 'nothing more');
  }

  /** All before `at` has been understood, and is ASCII: the caret stands where it should. */
  fail(at: number, expected: string): never {
    const shown = this.#text.replace(/[\t\r\n]/g, ' ');
    throw new KvbenchError(
      'usage',
      `A threshold can't be read; at the mark there should be ${expected}:\n    ${shown}\n    ${' '.repeat(at)}^`,
      "Write what fails, as 'get.p99>5ms', 'go.get.p50>120us', 'ratio(rust/go).get.p50>1.2', 'rps<20000', 'errors>0.1%' or 'rss>64MiB'.",
    );
  }
}
