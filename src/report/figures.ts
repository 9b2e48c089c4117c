import type { Measure } from '../config/schema.js';
import { median } from '../median.js';
import { plural } from '../plural.js';
import { type PercentileName, percentileNames } from '../result/percentile-table.js';
import type { RunResult, Summary } from '../result/schema.js';
import { aboutMetric, labelOf, type MetricName } from '../stats/metrics.js';
import { relativeHalfRange } from '../stats/spread.js';
import { isGeneratorLimited, trialsOf } from '../stats/summary.js';
import { dateText } from './charts/quantity.js';
import {
  formatAmount,
  formatCount,
  formatMs,
  formatNs,
  formatPercent,
  formatRate,
  formatRequestRate,
  withBound,
} from './format.js';
import type { Tone } from './tone.js';

/** A text of a table, from outside or not: whoever shows it escapes it. */
export type Cell = string | { text: string; tone: Tone };

/** Figures as people read them, before they have a medium. */
export interface FigureTable {
  /** Empty: the heading above says it. */
  title: string;
  /** How they were measured, in a few words; empty: nothing is to be said. */
  detail: string;
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** So many columns hold names; the others hold figures. */
  left: number;
  /** So many columns name what a row is about, where those are fewer than the ones of words. */
  keys?: number;
  /** What a sign in the table means; null: there is none. */
  note: string | null;
}

/** Whether a column holds words rather than figures: names on the left, and verdicts. */
export function isNames({ head, left }: Pick<FigureTable, 'head' | 'left'>, column: number) {
  return column < left || head[column] === 'verdict' || head[column] === 'objective';
}

/** One row of the summary, and the run that it is of. */
interface Entry {
  result: RunResult;
  entry: Summary;
}

/** Response times of the open loop, of one run or of several lined up; null: none has any. */
export function latencyFigures(results: readonly RunResult[]): FigureTable | null {
  const entries = entriesOf(results, 'latency').filter(({ result }) => result.rate !== null);
  const [first] = entries;
  if (!first) return null;
  const { columns, cells } = labels(results, true);
  const known = results.some(({ trials }) => trials.some((trial) => trial.responseTime !== null));
  const kind = known ? 'Response time' : 'Service time';
  const rate = `${formatRequestRate(first.result.rate?.ratePerSecond ?? 0)} to each`;
  const arrivals = [...new Set(entries.map(({ result }) => result.config.arrivals))].join(' and ');
  return {
    title: results.length === 1 ? `${kind} at ${rate}` : kind,
    detail: `open loop, ${arrivals}`,
    head: [...columns, ...percentileNames.map(labelOf), 'CPU/req', 'errors'],
    left: columns.length,
    rows: entries.map((one) => [
      ...cells(one),
      ...percentileNames.map((name, index) => {
        const isMarked = index === 0 && one.entry.rateKept === false;
        return (isMarked ? '! ' : '') + percentile(one.entry, name);
      }),
      figure(one.entry, 'cpuPerRequestNs'),
      errorCount(one.entry),
    ]),
    note: latencyNote(entries),
  };
}

/** With the sign of a bound; of the slowest answer that of all, not of a typical round. */
function percentile({ metrics, bounds }: Summary, name: PercentileName): string {
  const values = metrics[name];
  if (!values) return 'n/a';
  return withBound(formatNs(name === 'maxNs' ? values.max : values.median), bounds[name]);
}

/** What was taken out of the figures, so that a reader can add it back; null: nothing was. */
function oursNote(entries: readonly Entry[]): string | null {
  const parts = entries.flatMap(({ result, entry }) => {
    const own = trialsOf(result.trials, entry);
    const p99 = own.flatMap(({ parts }) => (parts ? [parts.ours.p99Ns] : []));
    return p99.length > 0 && p99.length === own.length ? [{ entry, ns: median(p99) }] : [];
  });
  const [worst] = parts.toSorted((a, b) => b.ns - a.ns);
  if (!worst) return null;
  const { target, operation } = worst.entry;
  return `Without the generator's own part: ours P99 ${formatNs(worst.ns)} at the most (${target} ${operation}).`;
}

/** What the signs of a table of latencies mean, as far as it has them. */
function latencyNote(entries: readonly Entry[]): string | null {
  const has = (bound: 'least' | 'most') =>
    entries.some(({ entry }) => Object.values(entry.bounds).includes(bound));
  const pooled = percentileNames.filter((name) =>
    entries.some(({ entry }) => entry.pooled.includes(name)),
  );
  const isMissing = entries.some(({ entry: { metrics } }) =>
    percentileNames.some((name) => metrics['maxNs'] && !metrics[name]),
  );
  const ours = oursNote(entries);
  const notes = [
    ...(ours === null ? [] : [ours]),
    ...(entries.some(({ entry }) => entry.rateKept === false)
      ? ['!: too few requests left in time, so it is another load; see the warnings.']
      : []),
    ...(has('most') ? ['≤: a tenth of it or more may be the generator.'] : []),
    ...(has('least') ? ['≥: so many requests were not answered in time.'] : []),
    ...(pooled.length > 0
      ? [`${pooled.map(labelOf).join(', ')}: of all rounds together, as one has too few requests.`]
      : []),
    ...(isMissing ? ['n/a: too few requests for that percentile.'] : []),
  ];
  return notes.length > 0 ? notes.join('\n') : null;
}

/** Throughput of the closed loop, of one run or of several lined up; null: none has any. */
export function throughputFigures(results: readonly RunResult[]): FigureTable | null {
  const entries = entriesOf(results, 'throughput');
  if (entries.length === 0) return null;
  const { columns, cells } = labels(results, false);
  return {
    title: 'Throughput',
    detail: 'closed loop, as fast as answers come',
    head: [
      ...columns,
      ...['requestsPerSecond', 'requestsPerCpuSecond'].map(labelOf),
      ...['CPU/req', labelOf('rssPeakBytes'), 'errors'],
    ],
    left: columns.length,
    rows: entries.map((one) => [
      ...cells(one),
      (isGeneratorLimited(one.entry) ? '≥' : '') + figure(one.entry, 'requestsPerSecond', true),
      figure(one.entry, 'requestsPerCpuSecond', true),
      figure(one.entry, 'cpuPerRequestNs'),
      figure(one.entry, 'rssPeakBytes'),
      errorCount(one.entry),
    ]),
    note: entries.some(({ entry }) => isGeneratorLimited(entry))
      ? '≥: the load generator was the limit, this server could do more.'
      : null,
  };
}

/** What one Node client gets of each target; null: nobody has asked. */
export function nodeClientFigures({ nodeClient, config }: RunResult): FigureTable | null {
  if (!nodeClient || nodeClient.summary.length === 0) return null;
  const isOne = config.operations.length === 1;
  return {
    title: 'What one Node client gets',
    detail: `undici, closed loop, ${plural(nodeClient.rounds, 'round')} of ${formatMs(nodeClient.durationMs)}`,
    head: [
      ...['target', ...(isOne ? [] : ['op'])],
      ...['requestsPerSecond', 'p50Ns', 'p99Ns'].map(labelOf),
      'errors',
    ],
    left: isOne ? 1 : 2,
    rows: nodeClient.summary.map((entry) => [
      entry.target,
      ...(isOne ? [] : [entry.operation]),
      figure(entry, 'requestsPerSecond', true),
      percentile(entry, 'p50Ns'),
      percentile(entry, 'p99Ns'),
      errorCount(entry),
    ]),
    note: null,
  };
}

/** As a run has them; of several runs by operation, target and date. */
function entriesOf(results: readonly RunResult[], measure: Measure): Entry[] {
  const entries = results.flatMap((result) =>
    result.summary.filter((entry) => entry.measure === measure).map((entry) => ({ result, entry })),
  );
  if (results.length === 1) return entries;
  const order = (read: (entry: Summary) => string) => {
    const seen = [...new Set(entries.map(({ entry }) => read(entry)))];
    return ({ entry }: Entry) => seen.indexOf(read(entry));
  };
  const operation = order((entry) => entry.operation);
  const target = order((entry) => entry.target);
  const time = ({ result }: Entry) => Date.parse(result.startedAt);
  return entries.sort(
    (a, b) => operation(a) - operation(b) || target(a) - target(b) || time(a) - time(b),
  );
}

/** What a row is about: the operation is said in the heading if there is only one. */
function labels(results: readonly RunResult[], withRate: boolean) {
  const operations = new Set(results.flatMap(({ config }) => config.operations));
  const several = results.length > 1;
  return {
    columns: [
      'target',
      ...(operations.size === 1 ? [] : ['op']),
      ...(several ? ['measured (UTC)'] : []),
      ...(several && withRate ? ['rate'] : []),
    ],
    cells: ({ result, entry }: Entry) => [
      entry.target,
      ...(operations.size === 1 ? [] : [entry.operation]),
      ...(several ? [dateText(Date.parse(result.startedAt), 16)] : []),
      ...(several && withRate ? [`${formatRate(result.rate?.ratePerSecond ?? 0)}/s`] : []),
    ],
  };
}

function errorCount({ errors }: Summary): Cell {
  return errors > 0 ? { text: formatCount(errors), tone: 'bad' } : '0';
}

function figure({ metrics }: Summary, name: MetricName, withSpread = false): string {
  const values = metrics[name];
  if (!values) return 'n/a';
  const text = formatAmount(values.median, aboutMetric(name).unit);
  if (!withSpread || values.min === values.max) return text;
  return `${text} ±${formatPercent(relativeHalfRange(values)).replace(' ', '')}`;
}
