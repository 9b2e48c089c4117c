import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import type { Artifact, Training } from '../result/schema.js';
import { startServer } from './server.js';
import type { Train, TrainingLoad } from './target.js';

const { operations, connections, keys, valueSize, distribution } = defaultConfig;

/**
 * What a profile is recorded under: what a run loads with by default, in a closed loop. Go looks a
 * hundred times a second, so it takes some seconds to have seen what is hot.
 */
export const trainingLoad: TrainingLoad = {
  operations,
  connections,
  keys,
  valueSize,
  distribution,
  durationMs: 10_000,
};

/** The name of a profile beside what was built by it. */
export const profileFile = 'profile';

/** Where the profile of a tuned build is kept; undefined: it is not tuned. */
export function keptProfile(artifact: Artifact | null): string | undefined {
  return artifact?.training && join(dirname(artifact.path), profileFile);
}

interface Recording {
  name: string;
  /** What makes it write `file` as it ends. */
  env: Record<string, string>;
  file: string;
  train: Train;
  signal: AbortSignal;
}

/** Starts a program that records itself, has it loaded, and ends it; it has left its file then. */
export async function record(
  executable: string,
  { name, env, file, train, signal }: Recording,
): Promise<Training> {
  const server = await startServer({
    target: name,
    command: [executable, '--addr=127.0.0.1:0'],
    cpus: null,
    signal,
    env,
  });
  let outcome: Awaited<ReturnType<Train>>;
  try {
    outcome = await Promise.race([train(server, trainingLoad), server.died]);
  } finally {
    await server.stop();
  }
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size === 0) {
    throw new KvbenchError(
      'target',
      `${name} was loaded, but left no profile of that.`,
      'It writes one as it ends: look whether something ends it sooner, or whether the disk is full.',
    );
  }
  return { ...trainingLoad, ...outcome };
}
