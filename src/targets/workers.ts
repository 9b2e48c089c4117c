import { workersOf } from '../config/workers.js';
import { KvbenchError } from '../errors.js';
import { plural } from '../plural.js';
import type { Warning } from '../result/schema.js';
import type { Target } from './target.js';

/** Throws a usage error for a target that a run wants with a number of workers, and that takes none. */
export async function checkWorkers(
  members: Iterable<readonly [instance: string, target: Target]>,
): Promise<void> {
  for (const [instance, target] of members) {
    if (workersOf(instance) === null || (await target.takesWorkers())) continue;
    throw new KvbenchError(
      'usage',
      target.url === null
        ? `${target.name} can't be started as ${instance}: nothing tells it how many workers to have.`
        : `${target.name} runs already, and can't be started as ${instance}.`,
      target.url === null
        ? 'Pass {workers} in its start command, in start.env or in a file of start.files; or leave it out of --targets.'
        : 'Give one number with --workers, or describe how it is started.',
    );
  }
}

/**
 * A warning where some have more workers than there are CPUs for servers: what they do then is no longer
 * that of so many workers at once. Only of those that name their number: any other has the same for all.
 */
export function crowdedWorkers(instances: readonly string[], cpus: number): Warning[] {
  const crowded = instances.filter((name) => (workersOf(name) ?? 0) > cpus);
  const [first] = crowded;
  if (first === undefined) return [];
  return [
    {
      code: 'workers-share',
      message: `Servers have ${plural(cpus, 'CPU')} here, which the workers of ${crowded.join(', ')} share: scaling and contention can be looked for up to ${plural(cpus, 'worker')}.`,
      advice: 'Take what lies above that for what sharing costs; more CPUs show more.',
    },
  ];
}
