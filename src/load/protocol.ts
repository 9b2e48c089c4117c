import type { RequestSet } from '../config/requests.js';
import type { RunConfig } from '../config/schema.js';
import type { SparseCounts } from '../interval-histogram.js';
import type { ErrorKind } from './error-kinds.js';
import type { Share } from './store-model.js';

/** The settings that the generator loads with; connections are to each target, of all generators together. */
const workloadSettings = [
  'keys',
  'valueSize',
  'distribution',
  'hitRatio',
  'connections',
  'requestsPerConnection',
  'timeoutMs',
  'seed',
] as const satisfies (keyof RunConfig)[];

/** What the generator loads with; the same for every target of a run. */
export type Workload = Pick<RunConfig, (typeof workloadSettings)[number]>;

/** What of a config the generator is told. */
export function workloadOf(config: Workload): Workload {
  return Object.fromEntries(workloadSettings.map((name) => [name, config[name]])) as Workload;
}

/** One generator's part of the workload. */
export interface WorkloadShare {
  workload: Workload;
  /** How long the generator may warm itself up at the most. */
  warmUpMs: number;
  share: Share;
}

/** A server to be loaded. */
export interface Endpoint {
  /** The same name again means that a fresh server has taken the place of the old one. */
  target: string;
  origin: string;
  /** All that it is ever asked, and what it must answer. */
  requests: RequestSet;
}

/** An open loop's schedule. */
export interface Pace {
  /** To each target. */
  ratePerSecond: number;
  arrivals: RunConfig['arrivals'];
  /** Another rate from a moment on; what was not sent by then is still due. */
  later?: { atMs: number; ratePerSecond: number };
}

/** One stretch of load that targets share. */
export interface LoadSpec {
  targets: readonly string[];
  /** The requests by their names, and the share of each; the shares add up to 1. */
  mix: readonly { name: string; share: number }[];
  /** An open loop at that rate to each target; null: a closed loop. */
  pace: Pace | null;
  /** Of each target. */
  durationMs: number;
  interleave: RunConfig['interleave'];
  sliceMs: number;
  /** Length of the intervals of the timeline; null: none is kept. */
  intervalMs: number | null;
  seed: number;
}

/** How every request of a phase ended: `planned` is the sum of all the others. */
export interface TransferOutcome {
  planned: number;
  answered: number;
  errors: Record<ErrorKind, number>;
  /** First wrong answer or failure, in words; null when there was none. */
  firstError: string | null;
  /** Requests that met a connection which the server had closed, and were sent on another one. */
  retried: number;
  /** Whether it was ended because nothing had come back on any connection for longer than the time-out. */
  hung: boolean;
}

/** What came of one target in each interval of a stretch of load, the targets' turns included. */
export interface Timeline {
  /** Of the first slice, whoever's it was, in ms of `process.hrtime`. */
  startedAtMs: number;
  intervalMs: number;
  /** Without gaps, up to the last answer. */
  intervals: LoadInterval[];
}

export interface LoadInterval {
  /** Time of it in which this target was under load. */
  loadedMs: number;
  /** Right answers that came in it. */
  answered: number;
  /** Requests that failed in it, or were given up. */
  errors: number;
  /** Response times of what was answered, service times in a closed loop. */
  latency: SparseCounts;
}

/** What each latency is made of, beside the lag; histograms as in `LoadOutcome`. */
interface PartsOutcome {
  /** Answers whose arrival the kernel has told of; of others nothing counts as read late. */
  stamped: number;
  /** For the server to free a connection; null in a closed loop. */
  waiting: string | null;
  /** From the sending to the arrival of the answer's last byte. */
  server: string;
  /** From there until it was read. */
  pickedUp: string;
  /** The lag and what was picked up late. */
  ours: string;
  /** Response times without ours; null in a closed loop. */
  theirs: string | null;
}

/** What one target went through in a stretch of load, before anything is derived from it. */
export interface LoadOutcome extends TransferOutcome {
  /** Time under load as planned, without what was still under way at the end of each slice. */
  windowMs: number;
  /**
   * Right answers by the time that they took. Closed loop: connections × answers / time of the
   * connections' counted cycles (see `Phase.cycle`); open loop: by the time in which requests left,
   * which is longer than the window where they had to wait.
   */
  requestsPerSecond: number;
  /** Open loop: requests that left within the window. */
  sentInWindow: number;
  /** Right answers by the request's name, misses included. */
  byName: Record<string, number>;
  misses: number;
  connectionsOpened: number;
  sentBytes: number;
  receivedBytes: number;
  /** In ns, HdrHistogram V2 compressed, base64. */
  serviceTime: string;
  /** Null in a closed loop. */
  responseTime: string | null;
  scheduleLag: string | null;
  /** Response times less the lag, of the requests that met no stall of the generator. */
  undisturbedTime: string | null;
  /** What the kernel's times of arrival tell of the answers; null: there were none. */
  parts: PartsOutcome | null;
  /** Requests that timed out or were never sent, and the least that one has waited; null: none. */
  censored: { count: number; atLeastMs: number } | null;
  timeline: Timeline | null;
  generator: {
    cpuUs: number;
    /** Share of the time in which the event loop had something to do; of the busiest process. */
    utilization: number;
    /** Time under load, the wait for the last answers of each slice included. */
    elapsedMs: number;
    /** Open loop: time in which the generator stood still, the longest at once, and the requests that met it. */
    stalledMs: number;
    longestStallMs: number;
    disturbed: number;
  };
}

export interface ReadBackOutcome extends TransferOutcome {
  lost: number;
}

/** Told about once a second how a load is going, if its spec has intervals. */
export type OnLive = (figures: LiveFigures[]) => void;

/** Anything that can load servers: undici now, others later. */
export interface Engine {
  /** Stores every key if there is a request for that, and so tells the engine that this server is fresh. */
  preload(endpoint: Endpoint): Promise<TransferOutcome>;
  /** Loads targets that were preloaded; one outcome for each, in their order. */
  load(spec: LoadSpec, onLive?: OnLive): Promise<LoadOutcome[]>;
  /** Reads every key again that was written since the last time; null if none was. */
  readBack(target: string): Promise<ReadBackOutcome | null>;
  /** Closes all connections and forgets the servers. */
  release(): Promise<void>;
}

/** A call of the engine as a message; `barrier` is the answer to a worker that waits at one. */
export type EngineRequest =
  | { id: number; call: 'preload'; endpoint: Endpoint }
  | { id: number; call: 'load'; spec: LoadSpec }
  | { id: number; call: 'readBack'; target: string }
  | { id: number; call: 'release' };

export type ToWorker = EngineRequest | WorkloadShare | { startAtMs: number };

export type FromWorker =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; message: string }
  | { id: number; live: LiveFigures[] }
  | { barrier: true };

/** What came of one target since the last time that somebody asked. */
export interface LiveFigures {
  target: string;
  /** Time under load. */
  loadedMs: number;
  answered: number;
  errors: number;
  latency: readonly number[];
}
