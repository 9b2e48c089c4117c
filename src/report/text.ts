import type { ChalkInstance } from 'chalk';
import type { Operation } from '../config/schema.js';
import type { Comparison, RunResult, Spread, Summary } from '../result/schema.js';
import { relativeHalfRange } from '../stats/spread.js';
import type { MetricName } from '../stats/summary.js';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNs,
  formatPercent,
  formatRatio,
  printable,
} from './format.js';
import { renderTable } from './tables.js';

/** A run as tables and sentences for a terminal of 80 columns. */
export function reportText(result: RunResult, chalk: ChalkInstance): string {
  const sections = [
    heading(result, chalk),
    throughputTable(result, chalk),
    latencyTable(result, chalk),
    result.comparisons.map(comparisonSentence).join('\n'),
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance(result, chalk),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading({ config, state, trials }: RunResult, chalk: ChalkInstance): string {
  const planned = config.rounds * config.targets.length * config.operations.length;
  const cut = state === 'complete' ? '' : `, ${state} after ${trials.length} of ${planned} trials`;
  const load =
    `closed loop, ${plural(config.connections, 'connection')}, ${config.distribution} over ` +
    `${plural(config.keys, 'key')} of ${formatBytes(config.valueSizeBytes)}`;
  const time = `${plural(config.rounds, 'round')} of ${formatMs(config.durationMs)} a trial${cut}`;
  return `${chalk.bold(config.targets.join(' vs '))}: ${load}\n${time}; medians, ± half the range`;
}

function throughputTable(result: RunResult, chalk: ChalkInstance): string {
  const head = ['target', 'op', 'requests/s', 'req/CPU-s', 'CPU/req', 'RSS peak', 'errors'];
  const rows = result.summary.map((entry) => [
    entry.target,
    entry.operation,
    limitMark(entry) + figure(entry, 'requestsPerSecond', formatCount, true),
    figure(entry, 'requestsPerCpuSecond', formatCount, true),
    figure(entry, 'cpuPerRequestNs', formatNs),
    figure(entry, 'rssPeakBytes', formatBytes),
    entry.errors > 0 ? chalk.red(formatCount(entry.errors)) : '0',
  ]);
  if (rows.length === 0) return '';
  const note = result.summary.some((entry) => limitMark(entry) !== '')
    ? `\n${chalk.dim('≥: the load generator was the limit, this server could do more.')}`
    : '';
  return renderTable(head, rows, { chalk, left: 2 }) + note;
}

/** A throughput that the generator held back is a lower bound, and never printed as more. */
function limitMark({ generatorLimitedRounds, rounds }: Summary): string {
  return generatorLimitedRounds * 2 >= rounds ? '≥' : '';
}

function latencyTable(result: RunResult, chalk: ChalkInstance): string {
  const head = ['target', 'op', 'P50', 'P90', 'P99', 'P99.9', 'max'];
  const rows = result.summary.map((entry) => [
    entry.target,
    entry.operation,
    figure(entry, 'p50Ns', formatNs, true),
    figure(entry, 'p90Ns', formatNs),
    figure(entry, 'p99Ns', formatNs, true),
    figure(entry, 'p999Ns', formatNs),
    // The slowest answer of all, not of a typical round.
    formatOr(entry.metrics['maxNs']?.max, formatNs),
  ]);
  if (rows.length === 0) return '';
  const note = chalk.dim('Service times under full load: how long a busy server takes.');
  return `${renderTable(head, rows, { chalk, left: 2 })}\n${note}`;
}

function figure(
  { metrics }: Summary,
  name: MetricName,
  format: (value: number) => string,
  withSpread = false,
): string {
  const values = metrics[name];
  if (!values) return 'n/a';
  const text = format(values.median);
  return withSpread && values.min !== values.max ? `${text} ${plusMinus(values)}` : text;
}

function plusMinus(values: Spread): string {
  return `±${formatPercent(relativeHalfRange(values)).replace(' ', '')}`;
}

function formatOr(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? 'n/a' : format(value);
}

/** `GET: rust answers 1.31× as many requests per CPU-second as go (1.27× to 1.36×, 5 rounds).` */
export function comparisonSentence(comparison: Comparison): string {
  const { operation, ratio } = comparison;
  const range = `${formatRatio(ratio.min)} to ${formatRatio(ratio.max)} from round to round`;
  if (ratio.min <= 1 && ratio.max >= 1) {
    return (
      `${label(operation)}: no clear difference between ${comparison.target} and ` +
      `${comparison.reference}\n     in requests per CPU-second (${range}).`
    );
  }
  // The better one is the subject, so that the factor always reads as "more".
  const [better, worse, values] =
    ratio.median >= 1
      ? [comparison.target, comparison.reference, ratio]
      : [comparison.reference, comparison.target, inverse(ratio)];
  return (
    `${label(operation)}: ${better} answers ${formatRatio(values.median)} as many requests per ` +
    `CPU-second as ${worse}\n     (${formatRatio(values.min)} to ${formatRatio(values.max)} from round to round).`
  );
}

function inverse({ median, min, max }: Spread): Spread {
  return { median: 1 / median, min: 1 / max, max: 1 / min };
}

function label(operation: Operation): string {
  return operation.toUpperCase();
}

/** One warning: what, and what to do about it. */
function warning(chalk: ChalkInstance, message: string, advice: string): string {
  return `${chalk.yellow('warning:')} ${printable(message)}\n  ${printable(advice)}`;
}

function provenance({ machine, placement, config }: RunResult, chalk: ChalkInstance): string {
  const cpus = placement.serverCpus
    ? `servers on CPU ${placement.serverCpus.join(',')}, generator on CPU ${placement.generatorCpus?.join(',')}`
    : 'not pinned';
  const lines = [
    `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${machine.platform} ${machine.kernel}, Node ${machine.nodeVersion}`,
    `${cpus}, ${plural(placement.workers, 'worker')} a server, seed ${config.seed}`,
  ];
  return chalk.dim(printable(lines.join('\n')));
}

/** `1 round`, `5 rounds`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
