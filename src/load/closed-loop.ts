import { readProcessCounters, resetPeakRss } from '../observe/proc.js';
import { deriveSeed } from '../random.js';
import { createHistogram, encodeHistogram } from '../result/histogram.js';
import { Connection } from './connection.js';
import { createDataset, type Dataset } from './dataset.js';
import { keySequence } from './keys.js';
import { Phase } from './phase.js';
import type {
  Endpoint,
  Engine,
  LoadMeasurement,
  LoadSpec,
  TransferOutcome,
  Workload,
} from './protocol.js';

/** What a server must hold: for each key the version of the value last acknowledged. */
interface StoreModel {
  versions: Uint8Array;
  newestVersion: number;
}

/**
 * The closed loop on undici: every connection sends again, synchronously, from the completion of
 * its last answer. Runs in a process of its own (see worker.ts).
 */
export function createClosedLoop(workload: Workload): Engine {
  const dataset = createDataset({
    keyCount: workload.keys,
    valueSizeBytes: workload.valueSizeBytes,
    seed: workload.seed,
  });
  const models = new Map<string, StoreModel>();

  return {
    async preload(endpoint) {
      const model = { versions: new Uint8Array(workload.keys), newestVersion: 0 };
      models.set(endpoint.origin, model);
      const everyKey = Uint32Array.from({ length: workload.keys }, (_, key) => key);
      return withConnections(endpoint, workload, (pool) =>
        pool.run(new Phase({ ...lookups(dataset, model), operation: 'post', sequence: everyKey })),
      );
    },

    async load(endpoint, spec) {
      const model = models.get(endpoint.origin);
      if (!model) throw new Error(`load before preload of ${endpoint.origin}`);
      return withConnections(endpoint, workload, (pool) =>
        loadOnce(pool, endpoint, spec, workload, dataset, model),
      );
    },
  };
}

async function loadOnce(
  pool: Pool,
  endpoint: Endpoint,
  spec: LoadSpec,
  workload: Workload,
  dataset: Dataset,
  model: StoreModel,
): Promise<LoadMeasurement> {
  const writes = spec.operation === 'post';
  // Written values differ from those before, so that a lost write cannot look like a kept one.
  if (writes) model.newestVersion++;
  const version = model.newestVersion;
  const touched = new Uint8Array(workload.keys);
  const shared = {
    ...lookups(dataset, model),
    operation: spec.operation,
    ...(writes && {
      onAcknowledged: (key: number) => {
        model.versions[key] = version;
        touched[key] = 1;
      },
      onUncertain: (key: number) => {
        touched[key] = uncertain;
      },
    }),
  };
  const sequence = (part: number) =>
    keySequence(workload.distribution, workload.keys, deriveSeed(spec.seed, part));
  const measured = sequence(1);

  // Warming up also opens the connections.
  if (spec.warmupMs > 0) {
    const untilMs = performance.now() + spec.warmupMs;
    await pool.run(new Phase({ ...shared, sequence: sequence(0), untilMs }));
  }
  const latencies = createHistogram();
  await resetPeakRss(endpoint.pid);
  const stopMeter = await startMeter(pool, endpoint.pid);
  const untilMs = performance.now() + spec.durationMs;
  const phase = new Phase({ ...shared, sequence: measured, untilMs, latencies });
  await pool.run(phase);
  const meter = await stopMeter();

  return {
    ...phase.outcome(),
    ...meter,
    windowMs: spec.durationMs,
    answeredInWindow: phase.answeredInWindow,
    serviceTimeNs: encodeHistogram(latencies),
    readBack: writes ? await readBack(pool, dataset, model, touched) : null,
  };
}

/** A key whose write had no answer: the server may hold the old value or the new one. */
const uncertain = 2;

/**
 * Reads every written key again. Keys whose write had no answer are written once more first: only
 * what the server acknowledged can be called lost.
 */
async function readBack(pool: Pool, dataset: Dataset, model: StoreModel, touched: Uint8Array) {
  const keysIn = (state: number) => Uint32Array.from(indices(touched, state));
  const version = model.newestVersion;
  const resent = keysIn(uncertain);
  if (resent.length > 0) {
    const settled = (key: number) => {
      model.versions[key] = version;
      touched[key] = 1;
    };
    const shared = lookups(dataset, model);
    await pool.run(
      new Phase({ ...shared, operation: 'post', sequence: resent, onAcknowledged: settled }),
    );
  }
  const outcome = await pool.run(
    new Phase({ ...lookups(dataset, model), operation: 'get', sequence: keysIn(1) }),
  );
  // A 404 and a stale value are both lost writes; a connection that broke says nothing.
  return { ...outcome, lost: outcome.errors.status + outcome.errors.mismatch };
}

function* indices(states: Uint8Array, wanted: number): Generator<number> {
  for (let index = 0; index < states.length; index++) if (states[index] === wanted) yield index;
}

function lookups(dataset: Dataset, model: StoreModel) {
  const values = Array.from({ length: model.newestVersion + 1 }, (_, v) => dataset.values(v));
  return {
    paths: dataset.paths,
    bodies: dataset.bodies(model.newestVersion),
    expected: (key: number) => values[model.versions[key] as number]?.[key] as Buffer,
  };
}

/** Starts counting bytes and CPU on both sides; the function it gives ends that. */
async function startMeter(pool: Pool, pid: number) {
  const bytesBefore = pool.bytes();
  const serverBefore = await readProcessCounters(pid);
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startMs = performance.now();
  return async () => {
    const elapsedMs = performance.now() - startMs;
    const loop = performance.eventLoopUtilization(loopBefore);
    const cpu = process.cpuUsage(cpuBefore);
    const serverAfter = await readProcessCounters(pid);
    const bytes = pool.bytes();
    return {
      bytesSent: bytes.sent - bytesBefore.sent,
      bytesReceived: bytes.received - bytesBefore.received,
      generator: {
        cpuUs: cpu.user + cpu.system,
        eventLoopUtilization: loop.utilization,
        elapsedMs,
      },
      server: serverBefore && serverAfter ? { before: serverBefore, after: serverAfter } : null,
    };
  };
}

interface Pool {
  run(phase: Phase): Promise<TransferOutcome>;
  bytes(): { sent: number; received: number };
}

async function withConnections<T>(
  endpoint: Endpoint,
  { connections: count, timeoutMs }: Workload,
  use: (pool: Pool) => Promise<T>,
): Promise<T> {
  const connections = Array.from(
    { length: count },
    () => new Connection(endpoint.origin, timeoutMs),
  );
  // One timer for all: a timer a request would be a cost a request.
  const watch = setInterval(
    () => {
      const nowMs = performance.now();
      for (const connection of connections) connection.expire(nowMs, timeoutMs);
    },
    Math.max(5, Math.min(100, timeoutMs / 4)),
  );
  try {
    return await use({
      async run(phase) {
        await Promise.all(connections.map((connection) => connection.run(phase)));
        return phase.outcome();
      },
      bytes() {
        const total = { sent: 0, received: 0 };
        for (const { bytes } of connections) {
          total.sent += bytes.sent;
          total.received += bytes.received;
        }
        return total;
      },
    });
  } finally {
    clearInterval(watch);
    await Promise.all(connections.map((connection) => connection.close()));
  }
}
