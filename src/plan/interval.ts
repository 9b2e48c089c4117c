import type { RunConfig } from '../config/schema.js';

/** Lengths that people can count with, in ms. */
const lengthsMs = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000];

/** About as many points as a chart can show, and as can be told apart by eye. */
const enough = 120;

/** A second is fine up to an hour: a spike of one must not hide in an average of many. */
const finestNeededMs = 1000;
const most = 3600;

/** The length, in ms, of the intervals of a stretch of load that takes so long on the clock. */
export function intervalOf({ intervalMs }: Pick<RunConfig, 'intervalMs'>, stretchMs: number) {
  if (intervalMs !== 'auto') return intervalMs;
  const suits = (lengthMs: number) =>
    stretchMs / lengthMs <= (lengthMs >= finestNeededMs ? most : enough);
  return lengthsMs.find(suits) ?? (lengthsMs.at(-1) as number);
}

/** How long the measured part of a stretch takes on the clock when so many targets share it. */
export function stretchMsOf(
  { durationMs }: Pick<RunConfig, 'durationMs'>,
  interleave: RunConfig['interleave'],
  targets: number,
): number {
  return interleave === 'request' ? durationMs : durationMs * targets;
}
