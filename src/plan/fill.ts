import type { RunConfig } from '../config/schema.js';

/** What storing keys may take of a quick run in all, ms: about as long as it measures. */
export const quickFillMs = 12_000;

/** With fewer a store is hardly one. */
const fewestKeys = 100;

/** How long a run will spend on storing keys, ms: every target's, in every round. */
export function fillingMs(keys: number, rounds: number, msPerKey: readonly number[]): number {
  return keys * rounds * msPerKey.reduce((sum, ms) => sum + ms, 0);
}

/**
 * As many keys as can be stored in every round within so long: those that were planned, or a round
 * number of fewer, 1, 2 or 5 times a power of ten.
 */
export function fittingKeys(
  { keys, connections }: Pick<RunConfig, 'keys' | 'connections'>,
  { rounds, msPerKey, budgetMs }: { rounds: number; msPerKey: readonly number[]; budgetMs: number },
): number {
  const neededMs = fillingMs(keys, rounds, msPerKey);
  if (neededMs <= budgetMs) return keys;
  const most = (keys * budgetMs) / neededMs;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const step = [5, 2, 1].find((candidate) => candidate * power <= most) ?? 1;
  return Math.min(keys, Math.max(fewestKeys, connections, step * power));
}
