import type { SweepStep } from './schema.js';

/** One step as far as the way on depends on it. */
export interface Rung {
  purpose: SweepStep['purpose'];
  level: number;
  outcome: SweepStep['outcome'];
  requestsPerSecond: number;
}

/** All that is known of one level. */
export interface Standing {
  level: number;
  /** What most of its measurements say; open: as many say the one as the other. */
  status: Rung['outcome'] | 'open';
  /** By how many measurements. */
  lead: number;
  measured: number;
  /** The most that was answered. */
  requestsPerSecond: number;
}

/**
 * The levels that were measured, from low to high, each with the majority of its measurements. Levels
 * past the knee on purpose are not among them.
 */
export function standings(rungs: readonly Rung[]): Standing[] {
  const climbed = rungs.filter(({ purpose }) => purpose !== 'overload');
  const levels = new Set(climbed.map(({ level }) => level));
  return [...levels]
    .sort((a, b) => a - b)
    .map((level) =>
      standingOf(
        level,
        climbed.filter((rung) => rung.level === level),
      ),
    );
}

/** Whether two measurements agree on it, or two of three do. */
export function isConfirmed({ lead, measured }: Standing): boolean {
  return lead >= 2 || (lead === 1 && measured >= 3);
}

function standingOf(level: number, rungs: readonly Rung[]): Standing {
  const kept = rungs.filter(({ outcome }) => outcome === 'kept').length;
  // Where the generator was once the limit, the rest is not the server's with any certainty.
  const isLimited = rungs.some(({ outcome }) => outcome === 'generator-limited');
  const notKept = isLimited ? 'generator-limited' : 'broken';
  const lead = Math.abs(2 * kept - rungs.length);
  return {
    level,
    status: lead === 0 ? 'open' : 2 * kept > rungs.length ? 'kept' : notKept,
    lead,
    measured: rungs.length,
    requestsPerSecond: Math.max(...rungs.map(({ requestsPerSecond }) => requestsPerSecond)),
  };
}
