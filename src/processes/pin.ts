import { execa } from 'execa';

/** Whether `taskset` is there to pin processes with. */
export async function canPinProcesses(): Promise<boolean> {
  const { failed } = await execa('taskset', ['--version'], { reject: false, stdin: 'ignore' });
  return process.platform === 'linux' && !failed;
}

/** The command, bound to those CPUs with all threads it will have. */
export function pinCommand(cpus: readonly number[] | null, command: readonly string[]): string[] {
  return cpus ? ['taskset', '--cpu-list', cpus.join(','), ...command] : [...command];
}
