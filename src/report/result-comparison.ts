import type { ChalkInstance } from 'chalk';
import { plural } from '../plural.js';
import type { RunResult, Spread } from '../result/schema.js';
import type {
  ComparedFigure,
  ComparedRow,
  FigureVerdict,
  ResultComparison,
} from '../stats/compare-results.js';
import { labelOf } from '../stats/metrics.js';
import { relativeHalfRange } from '../stats/spread.js';
import {
  formatBytes,
  formatNs,
  formatNumber,
  formatPercent,
  formatRatios,
  oneLine,
  withBound,
  wrap,
} from './format.js';
import type { Named } from './kinds/kind.js';
import { fitted, renderTable } from './tables.js';
import { warningText } from './text.js';
import type { TextOptions } from './text-options.js';
import { coloured } from './tone.js';

type NamedResult = Named<RunResult>;

/** Two results side by side, for a terminal of 80 columns. */
export function reportResultComparison(
  comparison: ResultComparison,
  [a, b]: readonly [NamedResult, NamedResult],
  { chalk, width }: Pick<TextOptions, 'chalk' | 'width'>,
): string {
  const sections = [
    [sideLine('A', a, chalk), sideLine('B', b, chalk)].join('\n'),
    ...comparison.rows.map((row) => rowTable(row, chalk, width)),
    comparison.rows.length === 0 ? 'The two have no figure in common.' : '',
    onlyLines(comparison),
    artifactLines(comparison),
    differenceLines(comparison, chalk),
    [a, b]
      .map((side) => incompleteWarning(side, chalk))
      .filter(Boolean)
      .join('\n'),
    comparison.rows.length === 0 ? '' : chalk.dim(wrap(caveat, { indent: 0 })),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

const caveat =
  'Medians over rounds, ± half their range. The two were measured at different moments, and ' +
  'machines change: a difference is called one only where no round of A lies among those of B. ' +
  'To be surer, measure both in one run.';

function sideLine(name: string, { path, result }: NamedResult, chalk: ChalkInstance): string {
  const { importedFrom, kvbenchVersion, startedAt, trials, machine } = result;
  const tool = importedFrom ? importedFrom.tool : `kvbench ${kvbenchVersion}`;
  const rounds = plural(Math.max(0, ...trials.map(({ round }) => round)), 'round');
  const time = startedAt.slice(0, 16).replace('T', ' ');
  const facts = [path, tool, `${time} UTC`, rounds, machine?.cpuModel ?? 'machine unknown'];
  return `${chalk.bold(`${name}:`)} ${wrap(oneLine(facts.join(', ')), { used: 3, indent: 3 })}`;
}

function rowTable(row: ComparedRow, chalk: ChalkInstance, width?: number): string {
  const loop = row.measure === 'latency' ? 'open loop' : 'closed loop';
  const title = `${chalk.bold(oneLine(`${row.target} ${row.operation}`))} ${chalk.dim(`(${loop})`)}`;
  const cells = row.figures.map((figure) => [
    labelOf(figure.metric),
    withBound(withSpread(figure.a, figure.metric), figure.bounds.a),
    withBound(withSpread(figure.b, figure.metric), figure.bounds.b),
    figure.ratio === null ? 'n/a' : (formatRatios(figure.ratio)[0] ?? ''),
    verdictText(figure, chalk),
  ]);
  const table = renderTable(['', 'A', 'B', 'B/A', 'B beside A'], cells, { chalk, width });
  return `${title}\n${table}`;
}

function withSpread(values: Spread, metric: string): string {
  const format = metric.endsWith('Ns')
    ? formatNs
    : metric.endsWith('Bytes')
      ? formatBytes
      : formatNumber;
  if (values.min === values.max) return format(values.median);
  return `${format(values.median)} ±${formatPercent(relativeHalfRange(values)).replace(' ', '')}`;
}

const verdictTexts: Record<FigureVerdict, string> = {
  higher: 'higher',
  lower: 'lower',
  same: 'the same',
  unclear: "can't be told",
  'too-few-rounds': 'too few rounds',
  'too-few-requests': 'too few requests',
  'generator-limited': 'generator-limited',
  'rate-not-kept': 'schedule not kept',
  'wrong-answers': 'wrong answers',
  'not-comparable': 'not ranked',
};

function verdictText({ verdict }: ComparedFigure, chalk: ChalkInstance): string {
  const text = verdictTexts[verdict];
  return verdict === 'higher' || verdict === 'lower' ? chalk.bold(text) : chalk.dim(text);
}

function onlyLines({ onlyA, onlyB }: ResultComparison): string {
  const line = (side: string, rows: ResultComparison['onlyA']) => {
    const names = rows.map(({ target, operation, measure }) => `${target} ${operation} ${measure}`);
    return rows.length === 0 ? '' : wrap(oneLine(`Only in ${side}: ${names.join('; ')}.`));
  };
  return [line('A', onlyA), line('B', onlyB)].filter(Boolean).join('\n');
}

function artifactLines({ artifacts }: ResultComparison): string {
  return artifacts
    .map(({ target, a, b, isSame }) =>
      isSame
        ? `${target}: the same build in both (${a.slice(0, 12)})`
        : `${target}: another build (A ${a.slice(0, 12)}, B ${b.slice(0, 12)})`,
    )
    .map((line) => wrap(oneLine(line)))
    .join('\n');
}

function differenceLines({ differences, rows }: ResultComparison, chalk: ChalkInstance): string {
  if (differences.length === 0) return '';
  const isRanked = !rows.some(({ figures }) => figures.some((f) => f.verdict === 'not-comparable'));
  const title = isRanked
    ? 'Not all else was alike:'
    : 'Not all else was alike, so figures that it touches are not ranked (--rank-anyway\nranks them):';
  const lines = differences.map(({ about, what, a, b, measure }) => {
    const where = measure === null ? '' : `, ${measure} alone`;
    const line = oneLine(`${about}: ${what}: A ${a}, B ${b}${where}`);
    return `  ${wrap(line, { used: 2, indent: 4 })}`;
  });
  return [coloured(title, 'warn', chalk), ...lines].join('\n');
}

function incompleteWarning({ path, result }: NamedResult, chalk: ChalkInstance): string {
  if (result.state === 'complete') return '';
  const message = `${path} holds a run that is not complete: ${result.state}.`;
  const advice = 'Its figures rest on fewer rounds than were planned.';
  return warningText({ message, advice }, chalk);
}
