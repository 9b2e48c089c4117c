// Is the knee where it must be? Sweeps over a server of one thread that burns a known time of CPU a
// request besides its own work, so that its capacity is known, and lies a little below 1 / that time.
//
//   npm run bench:sweep
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeSweep } from '../dist/api/sweep.js';
import { toSweepPolicy } from '../dist/api/sweep-request.js';
import { packagePath } from '../dist/package.js';
import { bundledTargets } from '../dist/targets/targets.js';
import { configOf, markdownTable, provenance, signal, targetOf } from './lab.mjs';

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
    const config = configOf({
      ...{ targets: [name], operations: ['get'], measures: ['latency'], rounds: 1 },
      ...{ durationMs: 2000, warmupMs: 300, interleave: 'none', keys: 1000, workers: 1 },
    });
    const result = await executeSweep(config, {
      ...{
        policy: toSweepPolicy({ slo }),
        targets: [...bundledTargets, target],
        out: null,
        signal,
      },
      ...{ cacheDir: scratch, onEvent() {} },
    });
    const [{ knee, steps, capacity, overload }] = result.curves;
    const most = Math.max(...steps.map(({ trial }) => trial.requestsPerSecond));
    rows.push([
      `${costUs} µs`,
      Math.round(1e6 / costUs),
      Math.round(capacity?.requestsPerSecond ?? most),
      knee ? `${knee.level} (${knee.limitedBy})` : 'none',
      knee ? (knee.level / most).toFixed(3) : 'n/a',
      steps.length,
      overload ? Math.round(overload.goodputPerSecond) : 'n/a',
      overload?.recoveryMs ?? 'n/a',
    ]);
  }
  console.log(`${provenance()}\n`);
  console.log(
    markdownTable(
      [
        ...['CPU burnt a request', '1 / that', 'most answered/s', 'knee/s'],
        ...['knee / most', 'steps', 'goodput at 1.5 × knee', 'recovery, ms'],
      ],
      rows,
    ),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
