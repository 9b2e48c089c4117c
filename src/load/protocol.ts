import type { Distribution, Operation } from '../config/schema.js';
import type { ProcessCounters } from '../observe/proc.js';
import type { ErrorKind } from '../result/schema.js';

/** What the generator loads with; the same for every target of a run. */
export interface Workload {
  keys: number;
  valueSizeBytes: number;
  distribution: Distribution;
  connections: number;
  timeoutMs: number;
  seed: number;
}

/** One stretch of load against one server. */
export interface LoadSpec {
  operation: Operation;
  durationMs: number;
  warmupMs: number;
  seed: number;
}

/** A server under load: where it answers, and the process whose cost is counted. */
export interface Endpoint {
  /** The same name again means that a fresh server has taken the place of the old one. */
  target: string;
  origin: string;
  pid: number;
}

/** How every request of a phase ended: `planned` is the sum of all the others. */
interface Outcome {
  planned: number;
  answered: number;
  errors: Record<ErrorKind, number>;
}

/** A phase that moves data rather than measuring: preloading and reading back. */
export interface TransferOutcome extends Outcome {
  /** First wrong answer or failure, in words; null when there was none. */
  firstError: string | null;
}

/** What one trial measured, before anything is derived from it. */
export interface LoadMeasurement extends TransferOutcome {
  /** Length of the measured window; requests answered in it make the throughput. */
  windowMs: number;
  /** Failures before the window, while warming up; they are in no other count. */
  warmupErrors: number;
  answeredInWindow: number;
  /** Service times in ns, HdrHistogram V2 compressed, base64. */
  serviceTimeNs: string;
  bytesSent: number;
  bytesReceived: number;
  generator: { cpuUs: number; eventLoopUtilization: number; elapsedMs: number };
  /** The server's counters at the start and the end; null where /proc is not to be had. */
  server: { before: ProcessCounters; after: ProcessCounters } | null;
  /** After writing: every key that was written, read again. Null for operations that only read. */
  readBack: (TransferOutcome & { lost: number }) | null;
}

/** Anything that can load a server: undici now, others later. */
export interface Engine {
  /** Stores every key, and so tells the engine that this server is fresh. */
  preload(endpoint: Endpoint): Promise<TransferOutcome>;
  /** Loads for `warmupMs` unrecorded, then for `durationMs`, then reads back what was written. */
  load(endpoint: Endpoint, spec: LoadSpec): Promise<LoadMeasurement>;
}

export type EngineRequest =
  | { id: number; call: 'preload'; endpoint: Endpoint }
  | { id: number; call: 'load'; endpoint: Endpoint; spec: LoadSpec };

export type EngineReply =
  | { id: number; ok: true; value: TransferOutcome | LoadMeasurement }
  | { id: number; ok: false; message: string };
