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
import { createStoreModel, type StoreModel } from './store-model.js';

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
      const model = createStoreModel(dataset);
      models.set(endpoint.target, model);
      const sequence = Uint32Array.from({ length: workload.keys }, (_, key) => key);
      const outcome = await withConnections(endpoint, workload, (pool) =>
        pool.run(new Phase({ operation: 'post', paths: dataset.paths, model, sequence })),
      );
      model.takeWritten();
      return outcome;
    },

    async load(endpoint, spec) {
      const model = models.get(endpoint.target);
      if (!model) throw new Error(`load before preload of ${endpoint.target}`);
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
  const shared = { operation: spec.operation, paths: dataset.paths, model };
  const sequence = (part: number) =>
    keySequence(workload.distribution, workload.keys, deriveSeed(spec.seed, part));
  const measured = sequence(1);

  // Warming up also opens the connections.
  const warmUntilMs = performance.now() + spec.warmupMs;
  const warmup = new Phase({ ...shared, sequence: sequence(0), untilMs: warmUntilMs });
  await pool.run(warmup);
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
    firstError: warmup.firstError ?? phase.firstError,
    windowMs: spec.durationMs,
    warmupErrors: warmup.planned - warmup.answered,
    answeredInWindow: phase.answeredInWindow,
    serviceTimeNs: encodeHistogram(latencies),
    readBack: spec.operation === 'post' ? await readBack(pool, dataset, model) : null,
  };
}

/**
 * Reads every written key again. Keys whose value is uncertain are written once more first: only
 * what the server confirmed, with no other write beside it, can be called lost.
 */
async function readBack(pool: Pool, dataset: Dataset, model: StoreModel) {
  const { paths } = dataset;
  const { certain, uncertain } = model.takeWritten();
  await pool.run(new Phase({ operation: 'post', paths, model, sequence: uncertain }));
  const sequence = concat(certain, model.takeWritten().certain);
  const outcome = await pool.run(new Phase({ operation: 'get', paths, model, sequence }));
  // A 404 and an older value are both lost writes; a connection that broke says nothing.
  return { ...outcome, lost: outcome.errors.status + outcome.errors.mismatch };
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

function concat(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
