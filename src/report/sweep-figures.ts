import { errorsOf } from '../stats/summary.js';
import type { SweepCurve, SweepResult, SweepStep } from '../sweep/schema.js';
import type { Cell, FigureTable } from './figures.js';
import { formatBytes, formatCount, formatMs, formatNs, formatPercent } from './format.js';

/** Every step of a sweep: a table a target and operation, by load. */
export function sweepFigures({ curves, policy }: SweepResult): FigureTable[] {
  return curves
    .filter(({ steps }) => steps.length > 0)
    .map(({ target, operation, steps, overload }) => ({
      title: `${target} ${operation}`,
      detail: `by ${policy.by}, objective ${policy.slo.expression}`,
      head: [
        policy.by === 'rate' ? 'offered/s' : 'connections',
        ...['answered/s', 'P50', 'P90', 'P99', 'P99.9', 'CPUs', 'RSS', 'errors', 'limited by'],
        'objective',
      ],
      left: 0,
      rows: [...steps]
        .sort((a, b) => a.level - b.level || a.number - b.number)
        .map((step) => stepCells(step, answeredIn(step, overload))),
      note: overload ? overloadNote : null,
    }));
}

/** Beside the row of an overload, whose trial goes on into the time after it. */
export const overloadNote =
  'overload: latencies and CPU hold the time after it, what was answered does not';

/** Of an overload what was answered in it alone. */
export function answeredIn(
  { purpose, trial }: SweepStep,
  overload: SweepCurve['overload'],
): number {
  return purpose === 'overload' && overload ? overload.answeredPerSecond : trial.requestsPerSecond;
}

function stepCells({ level, purpose, outcome, trial }: SweepStep, perSecond: number): Cell[] {
  const latency = trial.responseTime ?? trial.serviceTime;
  const time = (value: number | undefined) => (value === undefined ? 'n/a' : formatNs(value));
  const errors = errorsOf(trial);
  const tone = ({ kept: 'good', broken: 'warn', 'generator-limited': 'quiet' } as const)[outcome];
  return [
    formatCount(level),
    formatCount(perSecond),
    ...[latency?.p50Ns, latency?.p90Ns, latency?.p99Ns, latency?.p999Ns].map(time),
    trial.server ? (trial.server.cpuNs / (trial.windowMs * 1e6)).toFixed(2) : 'n/a',
    trial.server ? formatBytes(trial.server.rssSteadyBytes) : 'n/a',
    errors > 0 ? { text: formatCount(errors), tone: 'bad' } : '0',
    trial.limitedBy ?? 'n/a',
    purpose === 'overload'
      ? purpose
      : { text: purpose === 'ladder' ? outcome : `${outcome} (${purpose})`, tone },
  ];
}

/** What a sweep found, a sentence a target and operation, and one on what was past the knee. */
export function sweepSentences({ curves, policy }: SweepResult): string[] {
  const unit = policy.by === 'rate' ? ' requests/s' : ' connections';
  return curves.flatMap((curve) => [
    `${curve.operation}: ${kneeSentence(curve, policy.slo.expression, unit)}`,
    ...overloadSentence(curve),
  ]);
}

function kneeSentence({ target, knee, capacity }: SweepCurve, slo: string, unit: string): string {
  const most = capacity
    ? `; the most that it answered was ${formatCount(capacity.requestsPerSecond)}/s${capacity.limitedBy === 'generator' ? ', where the load generator was the limit' : ''}`
    : '';
  if (!knee) return `${target} kept ${slo} at no load${most}.`;
  const at = `${formatCount(knee.level)}${unit}`;
  if (knee.limitedBy === 'generator') {
    return `${target} keeps ${slo} at ${at} and more: the load generator ended the climb${most}.`;
  }
  if (knee.limitedBy === 'ladder') {
    return `${target} keeps ${slo} at ${at}, the highest load that was tried${most}.`;
  }
  const believed = knee.confirmed ? 'measured twice' : 'not confirmed by a second measurement';
  const broken = knee.brokenAt === null ? '' : `, broken at ${formatCount(knee.brokenAt)}`;
  return `${target} keeps ${slo} up to ${at} (${believed}${broken})${most}.`;
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
    `${operation}: at ${formatCount(ratePerSecond)} requests/s, past its knee, ${target} answers ${formatCount(answeredPerSecond)}/s, ${formatPercent(share)} of them in time, and ${after}.`,
  ];
}
