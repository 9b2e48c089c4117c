import type { RunConfig } from '../config/schema.js';

/**
 * How long the turns of all targets that share a stretch may take. Turns come in mirrored pairs, which cancel
 * what drifts steadily over a pair, four seconds then; what else runs on a shared machine comes and goes
 * within some. It is also as far apart as the turns of ten targets by default.
 */
const longestTurnsMs = 2000;

/**
 * Long slices are somebody's choice, and no reason to tear a few targets apart: in smaller blocks two of
 * many would hardly ever meet.
 */
const fewestByTime = 8;

/** How many targets can take turns before those of two of them are too far apart; infinite without turns. */
export function mostInTurns({
  interleave,
  measures,
  durationMs,
  sliceMs,
}: Pick<RunConfig, 'interleave' | 'measures' | 'durationMs' | 'sliceMs'>): number {
  // Closed loops take turns even where the requests of an open one are dealt out singly.
  const haveTurns =
    interleave === 'request' ? measures.includes('throughput') : interleave !== 'none';
  if (!haveTurns) return Number.POSITIVE_INFINITY;
  // Every target has two turns in a stretch at least.
  const turnMs = Math.min(sliceMs, durationMs / 2);
  return Math.max(fewestByTime, Math.floor(longestTurnsMs / turnMs));
}

/** How many servers that hold so many bytes each fit into that, whichever of them they are. */
export function mostInMemory(serverBytes: readonly number[], roomBytes: number): number {
  const largestFirst = serverBytes.toSorted((a, b) => b - a);
  let sumBytes = 0;
  let most = 0;
  for (const bytes of largestFirst) {
    sumBytes += bytes;
    if (sumBytes > roomBytes) break;
    most++;
  }
  return most;
}
