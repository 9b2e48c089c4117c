import { type EngineName, speaks } from '../config/engines.js';
import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import type { EngineChoice } from '../load/generator.js';
import { packageVersion, undiciVersion } from '../package.js';
import type { LoadEngine, Warning } from '../result/schema.js';
import { buildLoadEngine } from '../targets/load-engine.js';
import type { Target } from '../targets/target.js';
import type { OnEvent } from './events.js';

/** What will send the load, ready to be started. */
export interface ChosenEngine {
  choice: EngineChoice;
  /** As it stands in a result. */
  engine: LoadEngine;
  warnings: Warning[];
}

interface Workshop {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

/** What undici costs beside the native engine, in the words of a warning. */
const cost = 'up to twice the CPU a request, and tails that are partly its own';

/**
 * The engine that a config asks for. `auto` is the native one where it can be built and speaks what the
 * targets do, else undici, with a warning that says what that costs. Throws a `target` error for a
 * native engine that was asked for by name and can't be had, and a usage error where it can't load.
 */
export async function chooseEngine(
  { engine: asked }: Pick<RunConfig, 'engine'>,
  targets: readonly Target[],
  workshop: Workshop,
): Promise<ChosenEngine> {
  if (asked === 'undici') return undici([]);
  const unsupported = targets.find(({ url }) => url !== null && !speaks('native', url));
  if (unsupported) {
    const message = `The native engine does not speak https, which ${unsupported.name} does`;
    if (asked === 'auto') return undici([fallback(`${message}, so undici sends the load`)]);
    throw new KvbenchError('usage', `${message}.`, 'Use --engine undici, or leave it out.');
  }
  try {
    return await native(workshop);
  } catch (error) {
    workshop.signal.throwIfAborted();
    if (asked === 'native' || !(error instanceof KvbenchError)) throw error;
    return undici([
      fallback(`${error.message.replace(/\.$/, '')}, so undici sends the load`, error.hint),
    ]);
  }
}

async function native({ cacheDir, signal, onEvent }: Workshop): Promise<ChosenEngine> {
  const target = 'the load engine';
  let built = false;
  onEvent({ type: 'look-up', target });
  const onStart = () => {
    built = true;
    onEvent({ type: 'build-start', target, tool: 'cargo' });
  };
  const artifact = await buildLoadEngine({ cacheDir, signal, onStart });
  onEvent({ type: 'build-end', target, artifact, built });
  return {
    choice: { name: 'native', executable: artifact.path },
    engine: { name: 'native', version: packageVersion },
    warnings: [],
  };
}

function undici(warnings: Warning[]): ChosenEngine {
  const name: EngineName = 'undici';
  return { choice: { name }, engine: { name, version: undiciVersion }, warnings };
}

function fallback(message: string, hint = ''): Warning {
  return {
    code: 'engine',
    message: `${message}: ${cost}.`,
    advice: hint === '' ? 'Give --engine undici to say that it is meant.' : hint,
  };
}
