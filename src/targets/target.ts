import type { RequestSet } from '../config/requests.js';
import type { Artifact, Training, Warning } from '../result/schema.js';

/** A server that kvbench can load, whoever wrote it and however it is started. */
export interface Target {
  readonly name: string;
  readonly description: string;
  /** `command`: started as a config file says; `url`: it runs already. */
  readonly source: 'bundled' | 'command' | 'url';
  /** Origin of one that runs already. */
  readonly url: string | null;
  /** Whether it keeps kvbench's own HTTP contract, to be proven before every run. */
  readonly contract: boolean;
  readonly requests: RequestSet;
  /** Where a config file describes a request, for messages; null: nowhere. */
  readonly requestPlace: ((request: string) => string) | null;
  /** The program that builds it, as `cargo`; null: nothing to build. */
  readonly builder: string | null;
  /** The one port that it can listen on, and where that is written; null: any port. */
  readonly fixedPort: { port: number; place: string } | null;
  /** Whether it can be told how many workers to have; a usage error for a start that can't be right. */
  takesWorkers(): Promise<boolean>;
  /**
   * Builds it, or takes it from the cache; null if no single file comes of it. Throws a `target`
   * error with the output of a build that fails.
   */
  build(options: BuildOptions): Promise<Artifact | null>;
  /** Starts it and waits until it answers; throws a `target` error if it does not. */
  start(options: StartOptions): Promise<RunningServer>;
}

export interface BuildOptions {
  /** Where artifacts are kept. */
  cacheDir: string;
  signal: AbortSignal;
  /** Build even if the cache has it, to time the build again. */
  force?: boolean;
  /** What stands for all the sources, where somebody knows: in place of the inputs of the config. */
  sourceKey?: string;
  /** Called when a build, which takes a while, begins; once more for one that a profile tunes. */
  onStart?: () => void;
  /** Loads a server that records itself, for a build that is tuned by that; see `trainingLoad`. */
  train?: Train;
}

/** Puts the load on a server that is up, and tells what came of it. */
export type Train = (
  server: RunningServer,
  load: TrainingLoad,
) => Promise<Pick<Training, 'requests' | 'engine'>>;

export type TrainingLoad = Omit<Training, 'requests' | 'engine'>;

export interface StartOptions {
  /** Its name in the run, as `go#2`. */
  instance: string;
  /** What `build` gave. */
  artifact: Artifact | null;
  /** On 127.0.0.1; 0 takes a free one. A server with a port of its own has that one. */
  port: number;
  /** Null: as many as the server has by default. */
  workers: number | null;
  /** CPUs that it is bound to; null: all. */
  cpus: readonly number[] | null;
  signal: AbortSignal;
  /** What is started in place of its command, as that in a root of its own. */
  wrap?: (command: readonly string[]) => readonly string[];
  /** How often one that does not say when it is ready is asked. */
  pollMs?: number;
  /** Called with what went wrong without stopping anything, as a server that had to be killed. */
  onWarning: (warning: Warning) => void;
}

/** A server that is up and answers. */
export interface RunningServer {
  /** Its name in the run. */
  target: string;
  /** `http://127.0.0.1:PORT` of the store. */
  origin: string;
  /** Where it tells about its runtime; null: nowhere. */
  adminOrigin: string | null;
  /** When its process was started, by `performance.now`; null: it ran already. */
  startedMs: number | null;
  /** All processes of the server at this moment, for CPU and memory; none if they are unknown. */
  pids(): readonly number[];
  /** Rejects with a `target` error if the server ends before it is told to; else stays pending. */
  died: Promise<never>;
  /** Asks it to end and waits until it has, with all its processes; kills what does not listen. */
  stop(): Promise<void>;
}

/** The warning about a server that did not end when it was told to. */
export function killedWarning(instance: string, detail: string, advice: string): Warning {
  return {
    code: 'killed',
    message: `${instance} did not end when it was told to, and was killed: ${detail}.`,
    advice,
  };
}
