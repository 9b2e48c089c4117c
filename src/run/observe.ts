import { hrtimeMs } from '../hrtime.js';
import type { LoadOutcome, ReadBackOutcome } from '../load/protocol.js';
import { noiseBetween } from '../observe/noise.js';
import { collectPauses, keepPauses, type Pauses } from '../observe/pauses.js';
import { type CountersByPid, usedBetween } from '../observe/proc.js';
import { runtimeBetween } from '../observe/runtime.js';
import type { Usage, UsageSample } from '../observe/sampler.js';
import type { PlannedStretch } from '../plan/plan.js';
import type { Trial } from '../result/schema.js';
import { toSeries } from '../result/series.js';
import { toTrial } from '../result/trial.js';
import type { RunningServer } from '../targets/target.js';
import type { RunContext } from './context.js';
import type { FreshServer } from './servers.js';

/** A trial, and what it was made of where its figures are not enough. */
export interface ObservedTrial {
  trial: Trial;
  load: LoadOutcome;
}

interface About {
  round: number;
  stretch: PlannedStretch;
  startedAt: Date;
  ratePerSecond: number | null;
  /** Of the time series. */
  intervalMs: number;
  warmup: readonly LoadOutcome[];
}

/**
 * Reads everything that is counted before and after a load, and makes the trials of it. Servers
 * have nothing to do at either moment. What they say about themselves is asked for first and last,
 * so that the asking is in none of the figures.
 */
export async function observe(
  servers: readonly (RunningServer & Partial<FreshServer>)[],
  load: () => Promise<LoadOutcome[]>,
  readBack: (target: string) => Promise<ReadBackOutcome | null>,
  about: About,
  { observer, serverCpusOf }: RunContext,
): Promise<ObservedTrial[]> {
  const readRuntime = async ({ adminOrigin }: RunningServer) =>
    adminOrigin === null ? null : observer.runtime(adminOrigin);
  const readRuntimes = () => Promise.all(servers.map(readRuntime));
  const readProcesses = () => Promise.all(servers.map((s) => observer.processes(s.pids())));

  const runtimeBefore = await readRuntimes();
  await Promise.all(servers.flatMap((s) => s.pids().map(observer.resetPeakRss)));
  const startMs = performance.now();
  const machineBefore = await observer.machine();
  const processBefore = await readProcesses();
  const ownBefore = process.cpuUsage();
  const startedHrMs = hrtimeMs();
  const stopSampling = servers.map((s) => observer.sampleUsage(() => s.pids(), about.intervalMs));
  // A server without any is left alone while it is loaded.
  const stopCollecting = servers.map((server, index) =>
    runtimeBefore[index]?.go?.recentPauses ? collectPauses(() => readRuntime(server)) : null,
  );
  let outcomes: LoadOutcome[];
  let usages: Usage[] = [];
  let pauses: (Pauses | null)[] = [];
  try {
    outcomes = await load();
  } finally {
    usages = stopSampling.map((stop) => stop());
    pauses = stopCollecting.map((stop) => stop?.() ?? null);
  }
  const processAfter = await readProcesses();
  const endedHrMs = hrtimeMs();
  const machineAfter = await observer.machine();
  const elapsedMs = performance.now() - startMs;
  const ownCpu = process.cpuUsage(ownBefore);
  const runtimeAfter = await readRuntimes();

  const processes = servers.map((_, i) =>
    usedBetween(processBefore[i] ?? new Map(), processAfter[i] ?? new Map()),
  );
  const serversCpuMs = processes.reduce((sum, used) => sum + (used ? used.cpuNs / 1e6 : 0), 0);
  const generatorCpuMs = outcomes.reduce((sum, { generator }) => sum + generator.cpuUs / 1000, 0);
  const ownCpuMs = serversCpuMs + generatorCpuMs + (ownCpu.user + ownCpu.system) / 1000;
  const noise =
    machineBefore && machineAfter
      ? noiseBetween(machineBefore, machineAfter, { ownCpuMs, elapsedMs })
      : null;

  const trials: ObservedTrial[] = [];
  const epochMs = performance.timeOrigin + performance.now() - hrtimeMs();
  for (const [index, { target, fresh }] of servers.entries()) {
    const load = outcomes[index] as LoadOutcome;
    const { timeline } = load;
    const last = runtimeAfter[index] ?? null;
    const own = pauses[index] ?? new Map();
    keepPauses(own, last);
    const between = usages[index]?.samples ?? [];
    const totalNs = Math.max(processes[index]?.cpuNs ?? 0, between.at(-1)?.cpuNs ?? 0);
    const samples = [
      ...sampleOf(startedHrMs, processBefore[index], 0),
      ...between,
      ...sampleOf(endedHrMs, processAfter[index], totalNs),
    ];
    const warm = about.warmup[index];
    trials.push({
      load,
      trial: toTrial(about.stretch, {
        round: about.round,
        target,
        startedAt: about.startedAt,
        ratePerSecond: about.ratePerSecond,
        load,
        warmup: {
          ...warmupCounts(warm),
          firstError: warm?.firstError ?? null,
        },
        ...(fresh && { fresh }),
        process: processes[index] ?? null,
        rssSteadyBytes: usages[index]?.rssSteadyBytes ?? null,
        series:
          timeline &&
          toSeries(timeline, { samples, pauses: last?.go?.recentPauses ? own : null, epochMs }),
        runtime: runtimeBetween(runtimeBefore[index] ?? null, runtimeAfter[index] ?? null),
        noise,
        // One that has stopped answering is not asked again.
        readBack: load.hung ? null : await readBack(target),
        serverCpus: serverCpusOf(target),
      }),
    });
  }
  return trials;
}

/**
 * What came late before the window, or was never sent, is in no figure, and was not answered wrongly: a
 * server that is too slow for the load shows that in the window, too.
 */
function warmupCounts(warm: LoadOutcome | undefined): Trial['warmup'] {
  if (!warm) return { planned: 0, errors: 0 };
  const planned = warm.planned - warm.errors.timeout - warm.errors.unfinished;
  return { planned, errors: planned - warm.answered };
}

/** One end of a trial as a sample; none without a process. */
function sampleOf(atMs: number, counters: CountersByPid | undefined, cpuNs: number): UsageSample[] {
  const all = [...(counters?.values() ?? [])];
  if (all.length === 0) return [];
  return [{ atMs, cpuNs, rssBytes: all.reduce((total, { rssBytes }) => total + rssBytes, 0) }];
}
