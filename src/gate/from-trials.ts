import { decodeHistogram } from '../histogram.js';
import { byPercentile } from '../result/percentile-table.js';
import { tailMeanOf } from '../result/percentiles.js';
import type { Latency, Trial } from '../result/schema.js';
import { latencyOf } from '../result/trial.js';
import { errorsOf, isHeldUp, lateAnswersOf } from '../stats/summary.js';
import { gatePercentiles } from './metrics.js';
import type { Arm, GateRound } from './rounds.js';

interface Batch {
  /** Number of the round before the first of these trials'. */
  after: number;
  operations: readonly string[];
  interleave: 'request' | 'slice';
  /** Which arm a round of the trials' numbering started first. */
  firstStarted(round: number): Arm;
}

/** The rounds that are whole among trials of the arms, which are named `base` and `head`. */
export function toGateRounds(trials: readonly Trial[], batch: Batch): GateRound[] {
  const numbers = [...new Set(trials.map(({ round }) => round))];
  return numbers.flatMap((number) => {
    const own = trials.filter(({ round }) => round === number);
    const arms = { base: ofArm(own, 'base'), head: ofArm(own, 'head') };
    const isWhole = Object.values(arms).every(({ length }) => length === batch.operations.length);
    const [first] = arms.base;
    if (!isWhole || !first) return [];
    // Request by request both arms are measured in the same time, in slices one after the other.
    const measured = batch.interleave === 'request' ? arms.base : own;
    return {
      number: batch.after + number,
      startedAt: first.startedAt,
      elapsedMs: measured.reduce((sum, { windowMs }) => sum + windowMs, 0),
      firstStarted: batch.firstStarted(number),
      noise: meanNoise(arms.base),
      base: toArmRound(arms.base),
      head: toArmRound(arms.head),
    };
  });
}

function ofArm(trials: readonly Trial[], arm: Arm): Trial[] {
  return trials.filter(({ target }) => target === arm);
}

function toArmRound(trials: readonly Trial[]): GateRound['base'] {
  const peaks = trials.flatMap(({ server }) => (server ? [server.rssPeakBytes] : []));
  return {
    rssPeakBytes: peaks.length > 0 ? Math.max(...peaks) : null,
    ...trials[0]?.fresh,
    operations: Object.fromEntries(
      trials.map((trial) => {
        const latency = trial.responseTime && latencyOf(trial);
        const figures = {
          answered: trial.requests.answered,
          errors: errorsOf(trial) - lateAnswersOf(trial),
          unfinished: lateAnswersOf(trial),
          ...(isHeldUp(trial) && { heldUp: true }),
          firstError: trial.firstError,
          ...byPercentile(gatePercentiles, (name) => latency?.[name] ?? null),
          tailNs: latency ? tailOf(latency, trial) : null,
          cpuPerRequestNs: trial.server?.cpuPerRequestNs ?? null,
        };
        return [trial.operation, figures];
      }),
    ),
  };
}

/** Of all requests of a trial, those that were never answered among them. */
function tailOf({ histogram }: Latency, trial: Trial): number | null {
  if (histogram === null) return null;
  const times = decodeHistogram(histogram);
  return tailMeanOf(times, times.totalCount + lateAnswersOf(trial));
}

/** Of the machine over the trials of a round, by their length. */
function meanNoise(trials: readonly Trial[]): GateRound['noise'] {
  const known = trials.flatMap(({ noise, windowMs }) => (noise ? [{ noise, windowMs }] : []));
  if (known.length === 0) return null;
  const totalMs = known.reduce((sum, { windowMs }) => sum + windowMs, 0);
  const mean = (read: (noise: NonNullable<Trial['noise']>) => number) =>
    known.reduce((sum, { noise, windowMs }) => sum + read(noise) * windowMs, 0) / totalMs;
  const hasPressure = known.every(({ noise }) => noise.pressureShare !== null);
  return {
    stealShare: mean(({ stealShare }) => stealShare),
    othersShare: mean(({ othersShare }) => othersShare),
    pressureShare: hasPressure ? mean(({ pressureShare }) => pressureShare ?? 0) : null,
  };
}
