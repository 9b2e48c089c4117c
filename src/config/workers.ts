import { maxWorkers } from './limits.js';
import type { RunConfig, RunSettings } from './schema.js';

/** `rust@2w`: what a target is called in a run where it has so many workers, and `#2` where it runs twice. */
const pattern = /^(.+)@([1-9]\d{0,2})w((?:#\d+)?)$/;

/** The name of a target that is started with so many workers. */
export function withWorkers(target: string, workers: number): string {
  return `${target}@${workers}w`;
}

/** How many workers a name asks for: 2 of `rust@2w`; null: it says nothing of them. */
export function workersOf(name: string): number | null {
  return partsOf(name).workers;
}

/** A name without its workers: `rust` of `rust@2w`, `go#2` of `go@2w#2`. */
export function withoutWorkers(name: string): string {
  return partsOf(name).target;
}

function partsOf(name: string): { target: string; workers: number | null } {
  const [, target = '', digits = '', again = ''] = pattern.exec(name) ?? [];
  const workers = Number(digits);
  const isMeant = workers >= 1 && workers <= maxWorkers;
  return isMeant ? { target: target + again, workers } : { target: name, workers: null };
}

/**
 * A config in which every target has one number of workers: of several, every target stands once for
 * each, from the fewest on. One that names its own keeps that.
 */
export function spreadWorkers({ workers, ...settings }: RunSettings): RunConfig {
  if (!Array.isArray(workers)) return { ...settings, workers };
  const counts = workers.toSorted((a, b) => a - b);
  const [only = null, ...more] = counts;
  if (more.length === 0) return { ...settings, workers: only };
  const targets = settings.targets.flatMap((target) =>
    workersOf(target) === null ? counts.map((count) => withWorkers(target, count)) : [target],
  );
  return { ...settings, targets, workers: null };
}
