// Who is the limit? A closed loop against a null target must be limited by the generator, and one
// against a server that burns 50 µs of CPU a request by the server.
//
//   npm run bench:saturation
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nullRequests } from '../dist/internals.js';
import { configOf, markdownTable, measure, prepare, provenance, targetOf } from './lab.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'kvbench-bench-'));
const delays = join(scratch, 'delays');
const source = fileURLToPath(new URL('../fixtures/servers/delays.rs', import.meta.url));
try {
  execFileSync('rustc', ['-O', '--edition', '2021', source, '-o', delays], { stdio: 'inherit' });
  const shared = { measures: ['throughput'], rounds: 5, durationMs: 1000 };
  const nulls = configOf({ ...shared, targets: ['null-rust', 'null-go'] });
  const setup = await prepare(nulls);
  const slow = configOf({ ...shared, targets: ['slowed'] });
  const command = [delays, '--spin-us', '50', '--value-bytes', '128'];
  // It stores nothing.
  const slowed = targetOf('slowed', command, { requests: nullRequests(128) });
  const trials = [
    ...(await measure(nulls, setup)),
    ...(await measure(slow, await prepare(slow, [slowed]))),
  ];
  const rows = new Map();
  for (const trial of trials) {
    const key = `${trial.target} ${trial.operation}`;
    const row = rows.get(key) ?? { verdicts: {}, trials: [] };
    row.verdicts[trial.limitedBy] = (row.verdicts[trial.limitedBy] ?? 0) + 1;
    row.trials.push(trial);
    rows.set(key, row);
  }
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  console.log(`${provenance()}\n`);
  console.log(
    markdownTable(
      ['target', 'limited by (rounds)', 'requests/s', "server's CPU", "generator's event loop"],
      [...rows].map(([key, { verdicts, trials: own }]) => [
        key,
        Object.entries(verdicts)
          .map(([by, count]) => `${by} (${count})`)
          .join(', '),
        Math.round(middle(own.map((t) => t.requestsPerSecond))),
        `${(middle(own.map((t) => t.server.cpuNs / t.windowMs / 1e6)) * 100).toFixed(0)} %`,
        `${(middle(own.map((t) => t.generator.utilization)) * 100).toFixed(0)} %`,
      ]),
    ),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
