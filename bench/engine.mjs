// One stretch of load by one of kvbench's engines as a whole process, so that it can be compared with
// other tools' whole processes: node bench/engine.mjs --origin URL [--engine native] [--rate N] …; prints
// a line of JSON. The native one is a child of it, whose CPU and memory are counted as well.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  buildLoadEngine,
  contractRequests,
  createEngine,
  decodeHistogram,
  nullRequests,
  requestsOf,
  startGenerator,
  userPaths,
  warmUp,
} from '../dist/internals.js';

const { values: flags } = parseArgs({
  options: {
    origin: { type: 'string' },
    engine: { type: 'string', default: 'undici' },
    operation: { type: 'string', default: 'get' },
    connections: { type: 'string', default: '16' },
    'duration-ms': { type: 'string', default: '4000' },
    'warmup-ms': { type: 'string', default: '0' },
    rate: { type: 'string' },
    arrivals: { type: 'string', default: 'constant' },
    keys: { type: 'string', default: '1000' },
    'value-size': { type: 'string', default: '128' },
    // For servers that give every GET the same value: that many times an x.
    'fixed-value': { type: 'string' },
  },
});
const valueBytes = Number(flags['value-size']);
const workload = {
  keys: Number(flags.keys),
  valueSize: { minBytes: valueBytes, maxBytes: valueBytes },
  distribution: 'uniform',
  hitRatio: 1,
  connections: Number(flags.connections),
  requestsPerConnection: null,
  timeoutMs: 5000,
  seed: 1,
};
const fixedValueBytes = flags['fixed-value'];
const requests =
  fixedValueBytes === undefined ? contractRequests : nullRequests(Number(fixedValueBytes));
const engine = flags.engine === 'native' ? await nativeEngine() : await undiciEngine();
await engine.preload({ target: 'server', origin: flags.origin, requests });
const load = async (durationMs) => {
  const [outcome] = await engine.load({
    targets: ['server'],
    mix: requestsOf(flags.operation),
    pace: flags.rate ? { ratePerSecond: Number(flags.rate), arrivals: flags.arrivals } : null,
    durationMs,
    interleave: 'none',
    sliceMs: durationMs,
    seed: 1,
  });
  return outcome;
};
if (Number(flags['warmup-ms']) > 0) await load(Number(flags['warmup-ms']));
const measured = await load(Number(flags['duration-ms']));
await engine.release();
const rssBytes = process.memoryUsage().rss + peakBytesOf(engine.pids ?? []);
await engine.stop?.();

const percentiles = (text) => {
  if (text === null) return null;
  const histogram = decodeHistogram(text);
  const at = (percentile) => histogram.getValueAtPercentile(percentile);
  return {
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue,
  };
};
const { planned, answered, errors, sentInWindow, generator } = measured;
process.stdout.write(
  `${JSON.stringify({
    planned,
    answered,
    errors,
    sentInWindow,
    generator,
    rssBytes,
    serviceTimeNs: percentiles(measured.serviceTime),
    responseTimeNs: percentiles(measured.responseTime),
    scheduleLagNs: percentiles(measured.scheduleLag),
    // Null: the kernel told of no arrival.
    serverNs: percentiles(measured.parts?.server ?? null),
  })}\n`,
);

async function undiciEngine() {
  const engine = createEngine({ workload, share: { index: 0, count: 1 } }, async () => 0);
  await warmUp();
  return engine;
}

async function nativeEngine() {
  const { signal } = new AbortController();
  const built = await buildLoadEngine({ cacheDir: userPaths(process.env).cache, signal });
  const engine = { name: 'native', executable: built.path };
  return startGenerator({ engine, workload, warmUpMs: 0, processes: 1, pin: (command) => command });
}

function peakBytesOf(pids) {
  const peaks = pids.map((pid) =>
    /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')),
  );
  return peaks.reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}
