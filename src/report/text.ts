import type { ChalkInstance } from 'chalk';
import type { RunConfig } from '../config/schema.js';
import type { RunResult, Summary } from '../result/schema.js';
import { relativeHalfRange } from '../stats/spread.js';
import { isGeneratorLimited, type MetricName } from '../stats/summary.js';
import { comparisonSentences, comparisonTable } from './comparison.js';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNs,
  formatPercent,
  formatSizeRange,
  printable,
  wrap,
} from './format.js';
import { runPlots } from './plots.js';
import { runtimeTable } from './runtime.js';
import { renderTable } from './tables.js';
import { thresholdLines } from './thresholds.js';

interface TextOptions {
  chalk: ChalkInstance;
  /** Whether to show what the servers say about themselves. */
  showRuntime?: boolean;
  /** Whether to draw plots, and for a terminal that has nothing but ASCII; without it there are none. */
  plot?: { ascii: boolean } | undefined;
}

/** A run as tables and sentences for a terminal of 80 columns. */
export function reportText(result: RunResult, { chalk, showRuntime, plot }: TextOptions): string {
  const sections = [
    heading(result, chalk),
    latencyTable(result, chalk),
    throughputTable(result, chalk),
    comparisonTable(result, chalk),
    // Before the sentences: what people came for stays last on the screen.
    plot ? runPlots(result, { chalk, ...plot }) : '',
    comparisonSentences(result),
    thresholdLines(result, chalk),
    showRuntime ? runtimeTable(result, chalk) : '',
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance(result, chalk),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading({ config, state, trials, summary }: RunResult, chalk: ChalkInstance): string {
  const targets = [...new Set(summary.map(({ target }) => target))];
  const measured = Math.max(0, ...trials.map((trial) => trial.round));
  const cut = state === 'complete' ? '' : `, ${state} in round ${measured}`;
  const time = `${plural(measured, 'round')} of ${formatMs(config.durationMs)} a trial${cut}`;
  const names = targets.join(' vs ');
  const load = wrap(describeLoad(config), { used: names.length + 2 });
  return `${chalk.bold(names)}: ${load}\n${time}; medians over rounds, ± half their range`;
}

/** What every request has in common, in a line. */
export function describeLoad(config: RunConfig): string {
  const { operations, connections, requestsPerConnection } = config;
  const { keys, valueSize, distribution, hitRatio } = config;
  const size = formatSizeRange(valueSize);
  const parts = [
    ...(operations.length === 1 ? operations : []),
    plural(connections, 'connection'),
    ...(requestsPerConnection === null
      ? []
      : [`${formatCount(requestsPerConnection)} requests each`]),
    `${distribution} over ${plural(keys, 'key')} of ${size}`,
    ...(hitRatio === 1 ? [] : [`${formatPercent(hitRatio)} hits`]),
  ];
  return parts.join(', ');
}

function latencyTable(result: RunResult, chalk: ChalkInstance): string {
  const { rate, config } = result;
  const entries = result.summary.filter((entry) => entry.measure === 'latency');
  if (entries.length === 0 || !rate) return '';
  const { columns, cells } = rowLabels(config);
  const head = [...columns, 'P50', 'P90', 'P99', 'P99.9', 'max', 'CPU/req', 'errors'];
  const rows = entries.map((entry) => [
    ...cells(entry),
    (entry.rateKept === false ? '! ' : '') + figure(entry, 'p50Ns', formatNs),
    figure(entry, 'p90Ns', formatNs),
    figure(entry, 'p99Ns', formatNs),
    figure(entry, 'p999Ns', formatNs),
    // The slowest answer of all, not of a typical round.
    formatOr(entry.metrics['maxNs']?.max, formatNs),
    figure(entry, 'cpuPerRequestNs', formatNs),
    errorCount(entry, chalk),
  ]);
  const known = result.trials.some((trial) => trial.responseTime !== null);
  const kind = known ? 'Response time' : 'Service time';
  const title = `${kind} at ${formatCount(rate.ratePerSecond)} requests/s to each`;
  const note = entries.some((entry) => entry.rateKept === false)
    ? `\n${chalk.dim('!: the schedule was not kept well enough; see the warnings.')}`
    : '';
  return (
    `${chalk.bold(title)} ${chalk.dim(`(open loop, ${config.arrivals})`)}\n` +
    renderTable(head, rows, { chalk, left: columns.length }) +
    note
  );
}

function throughputTable(result: RunResult, chalk: ChalkInstance): string {
  const entries = result.summary.filter((entry) => entry.measure === 'throughput');
  if (entries.length === 0) return '';
  const { columns, cells } = rowLabels(result.config);
  const head = [...columns, 'requests/s', 'req/CPU-s', 'CPU/req', 'RSS peak', 'errors'];
  const rows = entries.map((entry) => [
    ...cells(entry),
    (isGeneratorLimited(entry) ? '≥' : '') + figure(entry, 'requestsPerSecond', formatCount, true),
    figure(entry, 'requestsPerCpuSecond', formatCount, true),
    figure(entry, 'cpuPerRequestNs', formatNs),
    figure(entry, 'rssPeakBytes', formatBytes),
    errorCount(entry, chalk),
  ]);
  const note = entries.some(isGeneratorLimited)
    ? `\n${chalk.dim('≥: the load generator was the limit, this server could do more.')}`
    : '';
  return (
    `${chalk.bold('Throughput')} ${chalk.dim('(closed loop, as fast as answers come)')}\n` +
    renderTable(head, rows, { chalk, left: columns.length }) +
    note
  );
}

/** What a row is about: the operation is said in the heading if there is only one. */
function rowLabels({ operations }: RunConfig) {
  return operations.length === 1
    ? { columns: ['target'], cells: ({ target }: Summary) => [target] }
    : {
        columns: ['target', 'op'],
        cells: ({ target, operation }: Summary) => [target, operation],
      };
}

function errorCount({ errors }: Summary, chalk: ChalkInstance): string {
  return errors > 0 ? chalk.red(formatCount(errors)) : '0';
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
  if (!withSpread || values.min === values.max) return text;
  return `${text} ±${formatPercent(relativeHalfRange(values)).replace(' ', '')}`;
}

function formatOr(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? 'n/a' : format(value);
}

/** One warning: what, and what to do about it. */
export function warning(chalk: ChalkInstance, message: string, advice: string): string {
  const what = wrap(printable(message), { used: 'warning: '.length });
  const mend = wrap(printable(advice), { used: 2 });
  return `${chalk.yellow('warning:')} ${what}\n  ${mend}`;
}

function provenance(result: RunResult, chalk: ChalkInstance): string {
  const { machine, placement, config, importedFrom } = result;
  if (importedFrom) {
    const { tool, version } = importedFrom;
    return chalk.dim(wrap(printable(`imported from ${tool}${version ? ` ${version}` : ''}`)));
  }
  if (!machine || !placement) return '';
  const generators = placement.generators > 1 ? `${placement.generators} generators` : 'generator';
  const cpus = placement.serverCpus
    ? `servers on CPU ${placement.serverCpus.join(',')}, ${generators} on CPU ${placement.generatorCpus?.join(',')}`
    : 'not pinned';
  const lines = [
    `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${machine.platform} ${machine.kernel}, Node ${machine.nodeVersion}`,
    `${cpus}, ${plural(placement.workers, 'worker')} a server, seed ${config.seed}`,
  ];
  return chalk.dim(lines.map((line) => wrap(printable(line))).join('\n'));
}

/** `1 round`, `5 rounds`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
