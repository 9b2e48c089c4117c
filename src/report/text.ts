import type { ChalkInstance } from 'chalk';
import { aboutSetting, changedSettings, type SettingKey, settingsByPart } from '../config/flags.js';
import type { RunConfig } from '../config/schema.js';
import { plural } from '../plural.js';
import type { RunResult } from '../result/schema.js';
import { comparisonFigures, comparisonSentences, unshownComparisons } from './comparison.js';
import { latencyFigures, nodeClientFigures, throughputFigures } from './figures.js';
import { formatMs, formatPercent, formatSizeRange, oneLine, wrap } from './format.js';
import { runPlots } from './plots.js';
import { runtimeTable } from './runtime.js';
import { workersText } from './scaling.js';
import { fitted, renderFigures } from './tables.js';
import type { TextOptions } from './text-options.js';
import { thresholdLines } from './thresholds.js';
import { coloured } from './tone.js';

interface RunTextOptions extends TextOptions {
  /** Whether to show what the servers say about themselves. */
  showRuntime?: boolean;
}

/** A run as tables and sentences for a terminal of 80 columns. */
export function reportText(
  result: RunResult,
  { chalk, showRuntime, plot, width }: RunTextOptions,
): string {
  const sections = [
    heading(result, chalk),
    ...[
      latencyFigures([result]),
      throughputFigures([result]),
      nodeClientFigures(result),
      ...comparisonFigures(result),
    ]
      .filter((table) => table !== null)
      .map((table) => renderFigures(table, chalk, width)),
    unshownPairs(result, chalk),
    // Before the sentences: what people came for stays last on the screen.
    plot ? runPlots(result, { chalk, width, ...plot }) : '',
    comparisonSentences(result)
      .map((sentence) => wrap(oneLine(sentence)))
      .join('\n'),
    thresholdLines(result, chalk),
    showRuntime ? runtimeTable(result, { chalk, width }) : '',
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance(result, chalk),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

function unshownPairs(result: RunResult, chalk: ChalkInstance): string {
  const note = unshownComparisons(result);
  return note === null ? '' : chalk.dim(note);
}

function heading(result: RunResult, chalk: ChalkInstance): string {
  const names = oneLine(targetNames(result));
  const load = oneLine(describeLoadOf(result));
  const rounds = describeRounds(result);
  // The names of many targets are a paragraph of their own.
  if (names.length > 78)
    return `${chalk.bold(wrap(names))}:\n  ${wrap(load, { used: 2 })}\n${rounds}`;
  return `${chalk.bold(names)}: ${wrap(load, { used: names.length + 2 })}\n${rounds}`;
}

/** `rust vs go`: what was measured. */
export function targetNames({ summary }: RunResult): string {
  return [...new Set(summary.map(({ target }) => target))].join(' vs ');
}

/** What every request has in common; of another's script nothing is known but how many users it had. */
export function describeLoadOf(result: RunResult): string {
  if (!isForeign(result)) return describeLoad(result.config);
  return `a script of ${result.importedFrom?.tool}'s own, ${plural(result.config.connections, 'user')} at most`;
}

/** Whether it is the outcome of a script that nobody here knows. */
export function isForeign({ importedFrom, targets }: RunResult): boolean {
  return importedFrom !== null && targets.every(({ requests }) => requests.requests.length === 0);
}

/** How many rounds of which length, and what the figures are of them. */
export function describeRounds(result: RunResult): string {
  const { config, state, trials } = result;
  if (isForeign(result)) {
    const [windowMs = 0] = trials.map((trial) => trial.windowMs);
    return windowMs > 0 ? `${formatMs(windowMs)} in all` : 'of unknown length';
  }
  const measured = trials.reduce((most, { round }) => Math.max(most, round), 0);
  const cut = state === 'complete' ? '' : `, ${state} in round ${measured}`;
  const { blockSize } = result;
  const blocks = blockSize === undefined ? '' : `, up to ${plural(blockSize, 'target')} at a time`;
  const time = `${plural(measured, 'round')} of ${formatMs(config.durationMs)} a trial${blocks}${cut}`;
  return `${time}; medians over rounds, ± half their range`;
}

/** What every request has in common, in a line. */
export function describeLoad(
  config: RunConfig,
  { hasConnections = true }: { hasConnections?: boolean } = {},
): string {
  const { operations, connections, keys, valueSize, distribution } = config;
  const own: Partial<Record<SettingKey, string>> = {
    connections: hasConnections ? plural(connections, 'connection') : '',
    distribution: `${distribution} over ${plural(keys, 'key')} of ${formatSizeRange(valueSize)}`,
  };
  const changed = changedSettings(config);
  const parts = [
    ...(operations.length === 1 ? operations : []),
    ...settingsByPart.map((key) => own[key] ?? told(key, changed[key])),
  ].filter((text) => text !== '');
  return parts.join(', ');
}

/** What is said of a setting that is not as by default; nothing of any other. */
function told(key: SettingKey, value: RunConfig[SettingKey] | undefined): string {
  if (value === undefined) return '';
  return aboutSetting(key).told?.(value, { count: plural, share: formatPercent }) ?? '';
}

/** One warning: what, and what to do about it. */
export function warning(chalk: ChalkInstance, message: string, advice: string): string {
  const what = wrap(oneLine(message), { used: 'warning: '.length });
  const mend = wrap(oneLine(advice), { used: 2 });
  return `${coloured('warning:', 'warn', chalk)} ${what}\n  ${mend}`;
}

/** Where it was measured, and how it can be repeated, in a line or two. */
export function provenance(
  result: Pick<RunResult, 'machine' | 'placement' | 'importedFrom'> & {
    config: Pick<RunResult['config'], 'seed'>;
    /** Names that may tell how many workers each has. */
    targets: readonly { name: string }[];
  },
  chalk: ChalkInstance,
): string {
  const { machine, placement, config, importedFrom, targets } = result;
  if (importedFrom) {
    const { tool, version } = importedFrom;
    return chalk.dim(wrap(oneLine(`imported from ${tool}${version ? ` ${version}` : ''}`)));
  }
  if (!machine || !placement) return '';
  const { engine } = placement;
  const generators = placement.generators > 1 ? `${placement.generators} generators` : 'generator';
  const cpus = placement.serverCpus
    ? `servers on CPU ${placement.serverCpus.join(',')}, ${engine.name} ${generators} on CPU ${placement.generatorCpus?.join(',')}`
    : `not pinned, ${engine.name} ${generators}`;
  const lines = [
    `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${machine.platform} ${machine.kernel}, Node ${machine.nodeVersion}`,
    `${cpus}, ${workersText(placement, targets)}, seed ${config.seed}`,
  ];
  return chalk.dim(lines.map((line) => wrap(oneLine(line))).join('\n'));
}
