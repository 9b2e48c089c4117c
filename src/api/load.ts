import type { Workload } from '../load/protocol.js';
import type { RunContext, RunDependencies } from '../run/context.js';
import { withGenerator } from '../run/generator.js';
import type { GeneratorStart, Setup } from './setup.js';

interface LoadOptions
  extends Pick<RunDependencies, 'onEvent'>,
    Partial<Pick<RunDependencies, 'save' | 'isEnough'>> {
  /** Of the generator, over that of the config. */
  workload?: Partial<Workload>;
  generator?: GeneratorStart;
}

/** What a plan is executed with, of what was set up; all its rounds, and nothing is saved, unless that is given. */
export function runDependencies(
  setup: Setup,
  { workload, generator, onEvent, save = async () => {}, isEnough = () => false }: LoadOptions,
): RunDependencies {
  return {
    ...setup,
    startGenerator: () => setup.startGenerator(workload, generator),
    now: () => new Date(),
    onEvent,
    save,
    isEnough,
  };
}

/** Gives a generator to work that no plan says step by step, and ends it. */
export function withLoad<T>(
  setup: Setup,
  { config, signal, ...options }: LoadOptions & Pick<RunContext, 'config' | 'signal'>,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const dependencies = runDependencies(setup, options);
  return withGenerator(dependencies.startGenerator, signal, (generator) =>
    work({ ...dependencies, config, generator, signal }),
  );
}
