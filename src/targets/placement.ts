import { execa } from 'execa';
import type { Placement, Warning } from '../result/schema.js';

/**
 * Which CPUs the servers get and which the generator, so that they do not take turns on one: the
 * last CPU for the generator (the last two of four or more, as Node's helper threads also need
 * time), the others for the servers. With one CPU, or without taskset, the scheduler decides.
 */
export function placeOn(cpus: readonly number[], canPin: boolean, workers: number | null) {
  const warnings: Warning[] = [];
  const pinned = canPin && cpus.length >= 2;
  const forGenerator = cpus.length >= 4 ? 2 : 1;
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
  const placement: Placement = {
    workers: workers ?? serverCpus?.length ?? cpus.length,
    serverCpus,
    generatorCpus,
  };
  return { placement, warnings };
}

/** Whether `taskset` is there to pin processes with. */
export async function canPinProcesses(): Promise<boolean> {
  const { failed } = await execa('taskset', ['--version'], { reject: false, stdin: 'ignore' });
  return process.platform === 'linux' && !failed;
}

/** The command, bound to those CPUs with all threads it will have. */
export function pinCommand(cpus: readonly number[] | null, command: readonly string[]): string[] {
  return cpus ? ['taskset', '--cpu-list', cpus.join(','), ...command] : [...command];
}
