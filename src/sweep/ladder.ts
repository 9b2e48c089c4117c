import type { SweepPolicy } from './schema.js';

/** Where the automatic ladder begins, as a share of what a short closed loop answered. */
const autoStart = 1 / 8;
const autoFactor = 1.4;
/** 7 times the capacity: a short closed loop may have been unlucky, but not so much. */
const autoSteps = 13;

/** The automatic ladder of connections: 1, 2, 4, … */
const autoConnections = 256;

/**
 * The levels that a sweep climbs, from low to high, none twice: requests per second, or connections.
 * `capacityPerSecond` is what a short closed loop answered; only the automatic ladder of rates needs it.
 */
export function ladderLevels(
  { by, ladder }: Pick<SweepPolicy, 'by' | 'ladder'>,
  capacityPerSecond: number,
): number[] {
  const levels: number[] = [];
  if (ladder.kind !== 'auto') {
    const { from, to, steps, kind } = ladder;
    for (let step = 0; step < steps; step++) {
      const part = step / (steps - 1);
      levels.push(kind === 'linear' ? from + (to - from) * part : from * (to / from) ** part);
    }
  } else if (by === 'connections') {
    for (let level = 1; level <= autoConnections; level *= 2) levels.push(level);
  } else {
    for (let step = 0; step < autoSteps; step++) {
      levels.push(capacityPerSecond * autoStart * autoFactor ** step);
    }
  }
  return [...new Set(levels.map((level) => roundLevel(level, by)))];
}

/** A level that can be offered and read: whole, but for rates of a few requests per second. */
export function roundLevel(level: number, by: SweepPolicy['by']): number {
  if (by === 'rate' && level < 100) return Math.max(1, Number(level.toPrecision(3)));
  return Math.max(1, Math.round(level));
}
