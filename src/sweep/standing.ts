import type { Rung } from './next.js';

/** All that is known of one level. */
export interface Standing {
  level: number;
  /** For what it was measured first. */
  purpose: Rung['purpose'];
  /** What most of its measurements say; open: as many say the one as the other. */
  status: Rung['outcome'] | 'open';
  /** By how many votes; see `isBelieved`. */
  lead: number;
  measured: number;
  /** Whether some measurement needed no second one. */
  decisive: boolean;
  /** The most that was answered. */
  requestsPerSecond: number;
}

/**
 * The levels that were measured, from low to high, each with the majority of its measurements. A
 * decisive one has two votes. Levels past the knee on purpose are not among them.
 */
export function standings(rungs: readonly Rung[]): Standing[] {
  const levels = [...new Set(rungs.filter(isOfSearch).map(({ level }) => level))];
  return levels
    .sort((a, b) => a - b)
    .map((level) =>
      standingOf(
        level,
        rungs.filter((rung) => isOfSearch(rung) && rung.level === level),
      ),
    );
}

/** Whether two measurements agree on it, or two of three do. */
export function isBelieved({ lead, measured }: Standing): boolean {
  return lead >= 2 || (lead === 1 && measured >= 3);
}

function isOfSearch({ purpose }: Rung): boolean {
  return purpose !== 'overload';
}

function standingOf(level: number, rungs: readonly Rung[]): Standing {
  const votes = (wanted: (outcome: Rung['outcome']) => boolean) =>
    rungs
      .filter(({ outcome }) => wanted(outcome))
      .reduce((sum, { decisive }) => sum + (decisive ? 2 : 1), 0);
  const kept = votes((outcome) => outcome === 'kept');
  const limited = votes((outcome) => outcome === 'generator-limited');
  const broken = votes((outcome) => outcome === 'broken');
  // Where the generator was once the limit, the rest is not the server's with any certainty.
  const notKept = limited > 0 ? 'generator-limited' : 'broken';
  const lead = Math.abs(kept - broken - limited);
  return {
    level,
    purpose: rungs[0]?.purpose ?? 'ladder',
    status: lead === 0 ? 'open' : kept > broken + limited ? 'kept' : notKept,
    lead,
    measured: rungs.length,
    decisive: rungs.some(({ decisive }) => decisive),
    requestsPerSecond: Math.max(...rungs.map(({ requestsPerSecond }) => requestsPerSecond)),
  };
}
