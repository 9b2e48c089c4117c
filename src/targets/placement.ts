import type { Placement, Warning } from '../result/schema.js';

/** Who gets which CPUs, whatever engine sends. */
export type CpuPlacement = Omit<Placement, 'engine'>;

interface Wanted {
  workers: number | null;
  generators: number | null;
  connections: number;
  keys: number;
}

/**
 * Which CPUs the servers get and which the generator, so that they do not take turns on one: of
 * four CPUs or more the last half is the generator's, as a request costs it no less than a fast
 * server, else the last one. With one CPU, or without taskset, the scheduler decides. Each CPU of
 * the generator has a process of its own, if there are connections and keys for it.
 */
export function placeOn(cpus: readonly number[], canPin: boolean, wanted: Wanted) {
  const { workers } = wanted;
  const warnings: Warning[] = [];
  const pinned = canPin && cpus.length >= 2;
  const forGenerator = cpus.length >= 4 ? Math.floor(cpus.length / 2) : 1;
  const serverCpus = pinned ? cpus.slice(0, -forGenerator) : null;
  const generatorCpus = pinned ? cpus.slice(-forGenerator) : null;
  if (!pinned) {
    warnings.push({
      code: 'not-pinned',
      message:
        cpus.length < 2
          ? 'Servers and generator share one CPU: each slows the other.'
          : 'Servers and generator are not pinned to CPUs of their own: figures are noisier.',
      advice:
        cpus.length < 2 ? 'Run on two CPUs or more.' : 'On Linux, install taskset (util-linux).',
    });
  }
  // One without a connection or a key of its own would have nothing to do.
  const { connections, keys } = wanted;
  const generators = Math.min(wanted.generators ?? forGenerator, connections, keys);
  const forThem = generatorCpus?.length ?? cpus.length;
  if (generators > forThem) {
    warnings.push({
      code: 'generators-share',
      message: `${generators} generators share ${forThem === 1 ? 'a CPU' : `${forThem} CPUs`}: each waits for its turn, and is late.`,
      advice: `Give --generators ${forThem}, or leave it out.`,
    });
  }
  const placement: CpuPlacement = {
    workers: workers ?? serverCpus?.length ?? cpus.length,
    generators,
    serverCpus,
    generatorCpus,
  };
  return { placement, warnings };
}

/** The CPUs of one of the generator's processes: one of its own, if there are as many. */
export function generatorCpusOf(
  { generatorCpus, generators }: CpuPlacement,
  process: number,
): number[] | null {
  if (generatorCpus?.length !== generators) return generatorCpus;
  return generatorCpus.slice(process, process + 1);
}
