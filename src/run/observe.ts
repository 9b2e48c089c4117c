import type { LoadOutcome, ReadBackOutcome } from '../load/protocol.js';
import { noiseBetween } from '../observe/noise.js';
import { runtimeBetween } from '../observe/runtime.js';
import type { PlannedStretch } from '../plan/plan.js';
import type { Trial } from '../result/schema.js';
import { toTrial } from '../result/trial.js';
import type { RunningServer } from '../targets/server.js';
import type { RunContext } from './context.js';

interface About {
  round: number;
  stretch: PlannedStretch;
  startedAt: Date;
  ratePerSecond: number | null;
  warmup: readonly LoadOutcome[];
}

/**
 * Reads everything that is counted before and after a load, and makes the trials of it. Servers
 * have nothing to do at either moment. What they say about themselves is asked for first and last,
 * so that the asking is in none of the figures.
 */
export async function observe(
  servers: readonly RunningServer[],
  load: () => Promise<LoadOutcome[]>,
  readBack: (target: string) => Promise<ReadBackOutcome | null>,
  about: About,
  { observer, serverCpus }: RunContext,
): Promise<Trial[]> {
  const pids = servers.map(({ pid }) => pid);
  const readRuntimes = () => Promise.all(servers.map((s) => observer.runtime(s.adminOrigin)));
  const readProcesses = () => Promise.all(pids.map((pid) => observer.process(pid)));

  const runtimeBefore = await readRuntimes();
  await Promise.all(pids.map((pid) => observer.resetPeakRss(pid)));
  const startMs = performance.now();
  const machineBefore = await observer.machine();
  const processBefore = await readProcesses();
  const ownBefore = process.cpuUsage();
  const stopSampling = pids.map((pid) => observer.sampleRss(pid));
  let outcomes: LoadOutcome[];
  let rss: (number | null)[] = [];
  try {
    outcomes = await load();
  } finally {
    rss = stopSampling.map((stop) => stop());
  }
  const processAfter = await readProcesses();
  const machineAfter = await observer.machine();
  const elapsedMs = performance.now() - startMs;
  const own = process.cpuUsage(ownBefore);
  const runtimeAfter = await readRuntimes();

  const serversCpuMs = processAfter.reduce(
    (sum, after, i) => sum + ((after?.cpuNs ?? 0) - (processBefore[i]?.cpuNs ?? 0)) / 1e6,
    0,
  );
  const generatorCpuMs = outcomes.reduce((sum, { generator }) => sum + generator.cpuUs / 1000, 0);
  const ownCpuMs = serversCpuMs + generatorCpuMs + (own.user + own.system) / 1000;
  const noise =
    machineBefore && machineAfter
      ? noiseBetween(machineBefore, machineAfter, { ownCpuMs, elapsedMs })
      : null;

  const trials: Trial[] = [];
  for (const [index, { target }] of servers.entries()) {
    const before = processBefore[index];
    const after = processAfter[index];
    const warm = about.warmup[index];
    trials.push(
      toTrial(about.stretch, {
        round: about.round,
        target,
        startedAt: about.startedAt,
        ratePerSecond: about.ratePerSecond,
        load: outcomes[index] as LoadOutcome,
        warmup: {
          errors: warm ? warm.planned - warm.answered : 0,
          firstError: warm?.firstError ?? null,
        },
        process: before && after ? { before, after } : null,
        rssSteadyBytes: rss[index] ?? null,
        runtime: runtimeBetween(runtimeBefore[index] ?? null, runtimeAfter[index] ?? null),
        noise,
        readBack: await readBack(target),
        serverCpus,
      }),
    );
  }
  return trials;
}
