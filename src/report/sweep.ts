import type { RunConfig } from '../config/schema.js';
import { errorsOf } from '../stats/summary.js';
import { ladderLevels } from '../sweep/ladder.js';
import { type MeasuredLevel, measuredLevels } from '../sweep/levels.js';
import type { SweepCurve, SweepPolicy, SweepResult, SweepStep } from '../sweep/schema.js';
import type { Chart } from './charts/chart.js';
import { sweepCharts } from './charts/sweep.js';
import { formatCount, formatMs, oneLine, wrap } from './format.js';
import { lineCharts } from './plots.js';
import {
  describeSweptLoad,
  overloadNote,
  stepHeads,
  stepTexts,
  sweepSentences,
  sweptTargets,
} from './sweep-figures.js';
import { fitted, renderTable } from './tables.js';
import { provenance, warning } from './text.js';
import type { TextOptions } from './text-options.js';

/** A sweep for a terminal of 80 columns: a table a curve, the latency plotted, and what was found. */
export function reportSweepText(result: SweepResult, { chalk, plot, width }: TextOptions): string {
  const { curves, config, policy, state } = result;
  const names = sweptTargets(result);
  const cut = state === 'complete' ? '' : `, ${state}`;
  const sections = [
    `${chalk.bold(oneLine(names))}: ${wrap(oneLine(describeSweptLoad(result)), { used: names.length + 2 })}\n` +
      oneLine(`objective ${policy.slo.expression}, steps of ${formatMs(config.durationMs)}${cut}`),
    ...curves.map((curve) => curveTable(curve, policy, { chalk, width })),
    ...(plot ? lineCharts(latencyCharts(result), { chalk, width, ...plot }) : []),
    sweepSentences(result)
      .map((sentence) => wrap(oneLine(sentence)))
      .join('\n'),
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance({ ...result, importedFrom: null }, chalk),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

function latencyCharts(result: SweepResult): Chart[] {
  return sweepCharts(result).filter(({ id }) => id.startsWith('sweep-latency'));
}

function curveTable(
  { target, operation, steps, knee, overload }: SweepCurve,
  { by, slo }: SweepPolicy,
  { chalk, width }: TextOptions,
): string {
  if (steps.length === 0) return '';
  const hasErrors = steps.some(({ trial }) => errorsOf(trial) > 0);
  const row = (step: SweepStep, mark: string): string[] => {
    const isLimited = step.outcome === 'generator-limited';
    // Without the space before a unit, or they would not fit 80 columns.
    const texts = stepTexts(step, overload).map((text) => text.replace(' ', ''));
    const [level = '', answered = '', ...others] = texts;
    const errors = hasErrors ? [formatCount(errorsOf(step.trial))] : [];
    const cells = [level, `${isLimited ? '≥' : ''}${answered}`, ...others, ...errors, mark];
    // Nothing of it is the server's.
    return isLimited ? cells.map((text) => chalk.dim(text)) : cells;
  };
  const rows = measuredLevels(steps, slo).map(({ level, status, measured, agreeing, typical }) => {
    const isKnee = level === knee?.level;
    const times = measured > 1 && !hasErrors ? ` ${agreeing}/${measured}` : '';
    const mark = `${isKnee ? 'knee' : marks[status]}${times}`;
    return row(typical, isKnee ? chalk.green(mark) : mark);
  });
  const past = steps.find(({ purpose }) => purpose === 'overload');
  const head = [
    by === 'rate' ? 'offered' : 'conns',
    ...['answered', ...stepHeads],
    ...(hasErrors ? ['err', ''] : ['']),
  ];
  const title = `${chalk.bold(oneLine(`${target} ${operation}`))} ${chalk.dim(by === 'rate' ? '(requests/s; response times)' : '(closed loop; service times)')}`;
  if (past) rows.push(row(past, 'overload'));
  const note = overload ? `\n${chalk.dim(overloadNote)}` : '';
  return `${title}\n${renderTable(head, rows, { chalk, left: 0, width })}${note}`;
}

const marks: Record<MeasuredLevel['status'], string> = {
  kept: 'kept',
  broken: 'broken',
  open: 'unclear',
  'generator-limited': 'generator',
};

/** What `sweep --dry-run` prints. */
export function reportSweepPlan(config: RunConfig, policy: SweepPolicy): string {
  const { by, ladder, slo, overload } = policy;
  const unit = by === 'rate' ? 'requests/s' : 'connections';
  const levels =
    ladder.kind === 'auto' && by === 'rate'
      ? 'from an eighth of what a short closed loop answers, each 1.4 times the last'
      : ladderLevels(policy, 1).map(formatCount).join(', ');
  const lines = [
    `${config.targets.join(', ')}: ${describeSweptLoad({ config, policy })}`,
    `${unit}: ${levels}; until ${slo.expression} is broken`,
    policy.search ? 'then the knee is searched between two steps, and measured twice' : 'no search',
    ...(overload
      ? [
          `then ${formatMs(overload.overloadMs)} at ${overload.factor} times the knee, and ${formatMs(overload.recoveryMs)} at half of it`,
        ]
      : []),
    `1 step takes ${formatMs(config.durationMs)} after ${formatMs(config.warmupMs)} of warm-up; seed ${config.seed}`,
  ];
  return `${lines.map((line) => wrap(oneLine(line))).join('\n')}\n`;
}
