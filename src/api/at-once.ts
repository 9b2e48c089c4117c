import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { nativeMemoryBytes } from '../load/native/memory.js';
import { allowedCpus, availableMemory } from '../observe/machine.js';
import { mostInMemory, mostInTurns } from '../plan/at-once.js';
import { targetOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import { formatBytes, formatSizeRange } from '../report/format.js';
import { expectedBytes } from '../targets/memory.js';
import type { Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';

/** Of the memory that is to be had; the rest is for what others take meanwhile, and for files that are read. */
const usedShare = 0.75;

/**
 * How many of these targets, by their names in a run, can be up at the same time: as many as memory holds,
 * and as can take turns close together. Throws a usage error where memory does not hold two, which it takes
 * to compare, or the only one.
 */
export function mostAtOnce(
  names: readonly string[],
  config: RunConfig,
  targets: readonly Target[],
  availableBytes = availableMemory(),
): number {
  const own = names.map((name) => findTarget(targetOf(name), targets, 0));
  const needed = Math.min(2, own.length);
  const mostWith = (keys: number) => {
    const load = { ...config, keys };
    const bytes = own.map((target) => expectedBytes(target, load));
    return mostInMemory(bytes, availableBytes * usedShare - generatorBytes(load));
  };
  const inMemory = mostWith(config.keys);
  if (inMemory >= needed) return Math.min(inMemory, mostInTurns(config));
  const servers = needed === 1 ? 'A server' : 'Two servers';
  const size = formatSizeRange(config.valueSize);
  const fitting = roundNumbers(config.keys).find((keys) => mostWith(keys) >= needed);
  throw new KvbenchError(
    'usage',
    `${servers} with ${plural(config.keys, 'key')} of ${size} and the load generator do not fit into the memory that is free, ${formatBytes(availableBytes)}.`,
    fitting === undefined
      ? 'End what else takes memory.'
      : `With --keys ${fitting} they do, or with smaller values.`,
  );
}

/** Of all its processes, before it is known which engine sends and on how many CPUs. */
function generatorBytes(config: RunConfig): number {
  const { keys, connections, generators } = config;
  const most = generators ?? Math.max(1, Math.floor(allowedCpus().length / 2));
  return Math.min(most, connections, keys) * nativeMemoryBytes(config, true);
}

/** 1, 2 and 5 times powers of ten that are less, the largest first. */
function roundNumbers(below: number): number[] {
  const powers = Array.from({ length: 8 }, (_, power) => 10 ** power);
  const numbers = powers.flatMap((power) => [power, 2 * power, 5 * power]);
  return numbers.filter((number) => number < below).toReversed();
}
