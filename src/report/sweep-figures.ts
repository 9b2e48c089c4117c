import { plural } from '../plural.js';
import { type PercentileName, percentileNames, percentiles } from '../result/percentile-table.js';
import { cpusOf, latencyOf } from '../result/trial.js';
import { boundOf } from '../stats/latency-summary.js';
import { errorsOf } from '../stats/summary.js';
import { type MeasuredLevel, measuredLevels } from '../sweep/levels.js';
import type { SweepCurve, SweepResult, SweepStep } from '../sweep/schema.js';
import { dateText } from './charts/quantity.js';
import { describeLoad } from './describe.js';
import type { Cell, FigureTable } from './figures.js';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNs,
  formatPercent,
  formatRate,
  formatRequestRate,
  withBound,
} from './format.js';
import { stepTones, type Tone } from './tone.js';

/** Every step of a sweep: a table a target and operation, by load. */
export function stepFigures({ curves, policy }: SweepResult): FigureTable[] {
  return curves
    .filter(({ steps }) => steps.length > 0)
    .map(({ target, operation, steps, overload }) => ({
      title: `${target} ${operation}`,
      detail: `by ${policy.by}, objective ${policy.slo.expression}`,
      head: [
        policy.by === 'rate' ? 'offered/s' : 'connections',
        ...['answered/s', ...stepHeads, 'errors', 'limited by'],
        'objective',
      ],
      left: 0,
      rows: byLevel(steps).map((step) => stepCells(step, overload)),
      note: overload ? overloadNote : null,
    }));
}

/** A row a load, of several steps at it that of the middle; narrow enough for a terminal. */
export function levelFigures({ curves, policy: { by, slo } }: SweepResult): FigureTable[] {
  return curves
    .filter(({ steps }) => steps.length > 0)
    .map((curve) => {
      const { target, operation, steps, knee, overload } = curve;
      const hasErrors = steps.some(({ trial }) => errorsOf(trial) > 0);
      const rows = measuredLevels(steps, slo).map(
        ({ level, status, measured, agreeing, typical }) => {
          const isKnee = level === knee?.level;
          const times = measured > 1 && !hasErrors ? ` ${agreeing}/${measured}` : '';
          const text = `${isKnee ? 'knee' : levelWords[status]}${times}`;
          const mark: Cell = isKnee ? { text, tone: 'good' } : text;
          return levelCells(typical, overload, hasErrors, mark);
        },
      );
      const past = steps.find(({ purpose }) => purpose === 'overload');
      if (past) rows.push(levelCells(past, overload, hasErrors, 'overload'));
      return {
        title: `${target} ${operation}`,
        detail: by === 'rate' ? 'requests/s; response times' : 'closed loop; service times',
        head: [
          by === 'rate' ? 'offered' : 'conns',
          ...['answered', ...stepHeads],
          ...(hasErrors ? ['err', ''] : ['']),
        ],
        left: 0,
        rows,
        note: overload ? overloadNote : null,
      };
    });
}

function levelCells(step: SweepStep, overload: Overload, hasErrors: boolean, mark: Cell): Cell[] {
  const isLimited = step.outcome === 'generator-limited';
  // Without the space before a unit, or they would not fit 80 columns.
  const texts = stepTexts(step, overload).map((text) => text.replace(' ', ''));
  const [level = '', answered = '', ...others] = texts;
  const errors = hasErrors ? [formatCount(errorsOf(step.trial))] : [];
  const cells = [level, `${isLimited ? '≥' : ''}${answered}`, ...others, ...errors, mark];
  // Nothing of it is the server's.
  return isLimited ? cells.map((cell) => toned(cell, stepTones[step.outcome])) : cells;
}

function toned(cell: Cell, tone: Tone): Cell {
  return { text: typeof cell === 'string' ? cell : cell.text, tone };
}

const levelWords: Record<MeasuredLevel['status'], string> = {
  kept: 'kept',
  broken: 'broken',
  open: 'unclear',
  'generator-limited': 'generator',
};

/** Beside the row of an overload, whose trial goes on into the time after it. */
const overloadNote =
  'overload: latencies and CPU hold the time after it, what was answered does not';

/** The steps from the lowest load to the highest, of one load in the order of measuring. */
function byLevel(steps: readonly SweepStep[]): SweepStep[] {
  return [...steps].sort((a, b) => a.level - b.level || a.number - b.number);
}

type Overload = SweepCurve['overload'];

/** A single step says too little of its slowest answer. */
const stepPercentiles = percentileNames.filter((name) => name !== 'maxNs');

/** What stands above what follows the load in `stepTexts`. */
const stepHeads = [...stepPercentiles.map((name) => percentiles[name].label), 'CPUs', 'RSS'];

/** What was offered and answered, P50 to P99.9, CPUs and RSS; of an overload what was answered in it alone. */
function stepTexts({ level, purpose, trial }: SweepStep, overload: Overload): string[] {
  const latency = latencyOf(trial);
  const time = (name: PercentileName) =>
    latency ? withBound(formatNs(latency[name]), boundOf(latency, name)) : 'n/a';
  const perSecond =
    purpose === 'overload' && overload ? overload.answeredPerSecond : trial.requestsPerSecond;
  return [
    formatRate(level),
    perSecond === null ? 'n/a' : formatRate(perSecond),
    ...stepPercentiles.map(time),
    cpusOf(trial)?.toFixed(2) ?? 'n/a',
    trial.server ? formatBytes(trial.server.rssSteadyBytes) : 'n/a',
  ];
}

function stepCells(step: SweepStep, overload: Overload): Cell[] {
  const { purpose, outcome, trial } = step;
  const errors = errorsOf(trial);
  return [
    ...stepTexts(step, overload),
    errors > 0 ? { text: formatCount(errors), tone: 'bad' } : '0',
    // The trial alone knows only what held its rate back, not what made its tail.
    outcome === 'generator-limited' ? 'generator' : (trial.limitedBy ?? 'n/a'),
    purpose === 'overload'
      ? purpose
      : {
          text: purpose === 'ladder' ? outcome : `${outcome} (${purpose})`,
          tone: stepTones[outcome],
        },
  ];
}

/** The targets of a sweep, as a heading has them. */
export function sweptTargets({ curves }: SweepResult): string {
  return [...new Set(curves.map(({ target }) => target))].join(' vs ');
}

/** The knees of several sweeps, lined up by target, operation, objective and date; null without any. */
export function kneeFigures(results: readonly SweepResult[]): FigureTable | null {
  const rows = results
    .flatMap((result) => result.curves.map((curve) => ({ result, curve })))
    .filter(({ curve }) => curve.steps.length > 0)
    .sort(
      (a, b) =>
        compareTexts(a.curve.target, b.curve.target) ||
        compareTexts(a.curve.operation, b.curve.operation) ||
        compareTexts(a.result.policy.slo.expression, b.result.policy.slo.expression) ||
        Date.parse(a.result.startedAt) - Date.parse(b.result.startedAt),
    )
    .map(({ result: { policy, startedAt }, curve: { target, operation, knee, capacity } }) => [
      ...[target, operation, policy.slo.expression, dateText(Date.parse(startedAt), 16)],
      policy.by === 'rate' ? 'requests/s' : 'connections',
      knee ? `${knee.limitedBy === 'server' ? '' : '≥'}${formatRate(knee.level)}` : 'none',
      capacity ? formatRate(capacity.requestsPerSecond) : 'n/a',
    ]);
  if (rows.length === 0) return null;
  return {
    title: 'Knees',
    detail: 'the highest load that kept the objective',
    head: ['target', 'op', 'objective', 'measured (UTC)', 'by', 'knee', 'most answered/s'],
    left: 5,
    rows,
    note: '≥: not the server but the load generator, or the ladder, ended the climb.',
  };
}

/** By code units: the same in every language. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What all steps of a sweep have in common of the load. */
export function describeSweptLoad({
  config,
  policy,
}: Pick<SweepResult, 'config' | 'policy'>): string {
  return describeLoad(config, { hasConnections: policy.by !== 'connections' });
}

/** What had to be kept, and for how long each load was measured. */
export function describeSteps({ policy, config, state }: SweepResult): string {
  const cut = state === 'complete' ? '' : `, ${state}`;
  return `objective ${policy.slo.expression}, steps of ${formatMs(config.durationMs)}${cut}`;
}

/** What a sweep found, a sentence a target and operation, and one on what was past the knee. */
export function sweepSentences(result: SweepResult): string[] {
  return result.curves.flatMap((curve) => [
    `${curve.operation}: ${kneeSentence(curve, result)}`,
    ...overloadSentence(curve),
  ]);
}

function kneeSentence(curve: SweepCurve, { policy, placement }: SweepResult): string {
  const { target, knee, capacity, steps } = curve;
  if (steps.length === 0) return `${target} was not measured.`;
  const slo = policy.slo.expression;
  const most = capacity
    ? `; the most that it answered was ${formatRate(capacity.requestsPerSecond)}/s${capacity.limitedBy === 'generator' ? ', where the load generator was the limit' : ''}`
    : '';
  if (!knee) return `${target} kept ${slo} at no load${most}.`;
  const at =
    policy.by === 'rate' ? formatRequestRate(knee.level) : plural(knee.level, 'connection');
  if (knee.limitedBy === 'generator') {
    return `${target} keeps ${slo} at ${at} and more: the load generator ended the climb${most}.`;
  }
  if (knee.limitedBy === 'ladder') {
    return `${target} keeps ${slo} at ${at}, the highest load that was tried${most}.`;
  }
  const believed = knee.confirmed ? 'measured twice' : 'not confirmed by a second measurement';
  const brokenAt =
    knee.brokenAt === null
      ? ''
      : `, broken at ${formatRate(knee.brokenAt)}${hadCpuToSpare(curve, placement) ? ' with CPU to spare' : ''}`;
  return `${target} keeps ${slo} up to ${at} (${believed}${brokenAt})${most}.`;
}

/** A server that uses less of its CPUs did not break an objective for want of them. */
const idleShare = 0.75;

/** Whether it did where the knee was broken; not if nobody knows. */
function hadCpuToSpare({ knee, steps }: SweepCurve, placement: SweepResult['placement']): boolean {
  const serverCpus = placement?.serverCpus?.length;
  if (serverCpus === undefined) return false;
  const broken = steps.filter(
    ({ level, outcome }) => level === knee?.brokenAt && outcome === 'broken',
  );
  return (
    broken.length > 0 &&
    broken.every(({ trial }) => (cpusOf(trial) ?? serverCpus) < serverCpus * idleShare)
  );
}

function overloadSentence({ operation, target, overload }: SweepCurve): string[] {
  if (!overload) return [];
  const { ratePerSecond, goodputPerSecond, answeredPerSecond, recoveryMs } = overload;
  const share = answeredPerSecond > 0 ? goodputPerSecond / answeredPerSecond : 0;
  const after =
    recoveryMs === null
      ? 'did not recover while it was watched'
      : recoveryMs === 0
        ? 'recovers at once'
        : `recovers in ${formatMs(recoveryMs)}`;
  return [
    `${operation}: at ${formatRequestRate(ratePerSecond)}, past its knee, ${target} answers ${formatRate(answeredPerSecond)}/s, ${formatPercent(share)} of them in time, and ${after}.`,
  ];
}
