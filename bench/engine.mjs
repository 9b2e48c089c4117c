// One closed loop of kvbench's engine as a whole process, so that it can be compared with other
// tools' whole processes: node bench/engine.mjs ORIGIN OPERATION CONNECTIONS DURATION_MS
import { createClosedLoop } from '../dist/load/closed-loop.js';

const [origin, operation, connections, durationMs] = process.argv.slice(2);
const engine = createClosedLoop({
  keys: 1000,
  valueSizeBytes: 128,
  distribution: 'uniform',
  connections: Number(connections),
  timeoutMs: 5000,
  seed: 1,
});
// The counters of the server are not needed here: 0 is no process of ours.
const endpoint = { target: 'server', origin, pid: 0 };
await engine.preload(endpoint);
const measured = await engine.load(endpoint, {
  operation,
  durationMs: Number(durationMs),
  warmupMs: 0,
  seed: 1,
});
process.stdout.write(
  `${JSON.stringify({ answered: measured.answered, planned: measured.planned })}\n`,
);
