// Is the knee where it must be? Sweeps over a server of one thread that burns a known time of CPU a
// request besides its own work, so that its capacity lies below 1 / that time. What it is exactly, says an
// offer of 1 / that time, more than it can answer, before the sweep and after it. (A closed loop says
// less: there the generator sleeps, and each answer pays for waking it.) The best of six floods, because
// what the machine does can only take from it; the worst says how much that was.
//
//   npm run bench:sweep
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledTargets, executeSweep, packagePath, toSweepPolicy } from '../dist/internals.js';
import { configOf, markdownTable, measure, prepare, provenance, signal, targetOf } from './lab.mjs';

const costsUs = [100, 200, 500, 1000];
const slo = 'p50<5ms';
const scratch = mkdtempSync(join(tmpdir(), 'kvbench-bench-'));
const server = packagePath('fixtures/servers/reference.mjs');
try {
  const rows = [];
  for (const costUs of costsUs) {
    const name = `burns-${costUs}`;
    const target = targetOf(name, [process.execPath, server], {
      env: { KV_FAULT: 'burn', KV_FAULT_AFTER: String(costUs) },
    });
    const load = {
      targets: [name],
      operations: ['get'],
      measures: ['latency'],
      interleave: 'none',
      durationMs: 2000,
      warmupMs: 300,
      keys: 1000,
      workers: 1,
    };
    const config = configOf({ ...load, rounds: 1 });
    const flood = configOf({ ...load, rounds: 3, rate: 1e6 / costUs });
    const setup = await prepare(flood, [target]);
    const before = await measure(flood, setup);
    const result = await executeSweep(config, {
      policy: toSweepPolicy({ slo }),
      targets: [...bundledTargets, target],
      out: null,
      signal,
      cacheDir: scratch,
      onEvent() {},
    });
    const after = await measure(flood, setup);
    const floods = [...before, ...after].map((trial) => trial.requestsPerSecond);
    const capacity = Math.max(...floods);
    const [{ knee, steps, overload }] = result.curves;
    rows.push([
      `${costUs} µs`,
      Math.round(1e6 / costUs),
      `${Math.round(Math.min(...floods))} to ${Math.round(capacity)}`,
      knee ? `${knee.level} (${knee.limitedBy})` : 'none',
      knee ? (knee.level / capacity).toFixed(3) : 'n/a',
      steps.length,
      overload ? Math.round(overload.goodputPerSecond) : 'n/a',
      overload?.recoveryMs ?? 'n/a',
    ]);
  }
  console.log(`${provenance()}\n`);
  console.log(
    markdownTable(
      [
        ...['CPU burnt a request', '1 / that', 'floods, answered/s', 'knee/s'],
        ...['knee / best flood', 'steps', 'goodput at 1.5 × knee', 'recovery, ms'],
      ],
      rows,
    ),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
