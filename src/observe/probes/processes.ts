import * as z from 'zod';
import { hrtimeMs } from '../../hrtime.js';
import { cpuUnknowns } from '../cpu.js';
import { type Loaded, probe } from '../probe.js';
import {
  type CountersByPid,
  readCountersOf,
  resetPeakRss,
  type ServerUse,
  usedBetween,
} from '../proc.js';
import { sampleUsage, type Usage, type UsageSample, usageByInterval } from '../sampler.js';

const count = z.int().min(0);
const amount = z.number().min(0);

const serverSchema = z
  .strictObject({
    cpuNs: amount.nullable().describe('null: a part of it is not known'),
    cpuUnknown: z
      .enum(cpuUnknowns)
      .nullable()
      .describe(
        'why: a process ended, and its CPU time with it; or what ended is known in ticks of 10 ms alone, too coarse for so little',
      ),
    cpuPerRequestNs: amount.nullable(),
    requestsPerCpuSecond: amount.nullable(),
    rssSteadyBytes: amount.describe('median of samples during the trial'),
    rssPeakBytes: amount,
    threads: count,
    contextSwitches: count.nullable().describe('null: some were of threads that have ended'),
    minorFaults: count,
    majorFaults: count,
    openFiles: count,
  })
  .nullable()
  .describe('null where there is no /proc');

const limitedBySchema = z
  .enum(['server', 'generator', 'neither'])
  .nullable()
  .describe('what held the throughput back; null where there is no /proc');

const none: CountersByPid = new Map();

/** What was read of the processes of a server. */
type Reading = Usage & {
  /** Null where there is no /proc. */
  used: ServerUse | null;
};

/** What the processes of a server use, from moment to moment too, and whether that held it back. */
export const processes = probe({
  trial: { server: serverSchema, limitedBy: limitedBySchema },
  series: {
    cpuNs: z.array(amount.nullable()).describe('of the server; null where there is no /proc'),
    rssBytes: z.array(amount.nullable()),
  },

  async start(servers, { intervalMs }) {
    await Promise.all(servers.flatMap((server) => server.pids().map(resetPeakRss)));
    const read = async () => ({
      each: await Promise.all(servers.map((server) => readCountersOf(server.pids()))),
      atMs: hrtimeMs(),
    });
    const before = await read();
    const sampling = servers.map((server) => sampleUsage(() => server.pids(), intervalMs));
    return {
      async stop() {
        const usages = sampling.map((stop) => stop());
        const after = await read();
        return usages.map(({ rssSteadyBytes, samples }, index): Reading => {
          const [first = none, last = none] = [before.each[index], after.each[index]];
          const used = usedBetween(first, last);
          const totalNs = Math.max(used?.cpuNs ?? 0, samples.at(-1)?.cpuNs ?? 0);
          return {
            used,
            rssSteadyBytes,
            samples: [
              ...sampleOf(first, before.atMs, 0),
              ...samples,
              ...sampleOf(last, after.atMs, totalNs),
            ],
          };
        });
      },
      cancel() {
        for (const stop of sampling) stop();
      },
    };
  },

  facts: ({ used, rssSteadyBytes }, load) => ({
    server: used && costOf(used, rssSteadyBytes, load.answered),
    limitedBy: used && limitOf(used, load),
  }),

  course({ used, samples }, intervals) {
    const { cpuNs, rssBytes } = usageByInterval(samples, intervals);
    // A part of it is known to be lost.
    return { cpuNs: used?.cpuUnknown === 'ended' ? cpuNs.map(() => null) : cpuNs, rssBytes };
  },
});

/** One end of a trial as a sample; none without a process. */
function sampleOf(counters: CountersByPid, atMs: number, cpuNs: number): UsageSample[] {
  const all = [...counters.values()];
  if (all.length === 0) return [];
  return [{ atMs, cpuNs, rssBytes: all.reduce((total, { rssBytes }) => total + rssBytes, 0) }];
}

function costOf(
  { rssBytes, cpuUnknown, ...used }: ServerUse,
  rssSteadyBytes: number | null,
  answered: number,
): z.infer<typeof serverSchema> {
  const cpuNs = cpuUnknown === null ? used.cpuNs : null;
  return {
    ...used,
    cpuNs,
    cpuUnknown,
    cpuPerRequestNs: cpuNs !== null && answered > 0 ? cpuNs / answered : null,
    requestsPerCpuSecond: cpuNs && answered > 0 ? (answered / cpuNs) * 1e9 : null,
    rssSteadyBytes: rssSteadyBytes ?? rssBytes,
  };
}

/** Above this a CPU, or the generator's one thread, has next to nothing left to give. */
const busy = 0.9;

/**
 * What held the throughput back. A server whose CPUs are busy is the limit, however busy the
 * generator is; with one that has time left, a generator that has none is. An open loop that kept
 * its rate was held back by neither.
 */
function limitOf(
  { cpuNs, cpuUnknown }: ServerUse,
  { keptRate, serverCpus, generator }: Loaded,
): z.infer<typeof limitedBySchema> {
  if (keptRate) return 'neither';
  const { elapsedMs, utilization } = generator;
  if (cpuNs / (elapsedMs * 1e6 * serverCpus) >= busy) return 'server';
  // A part of what it used is not known.
  if (cpuUnknown === 'ended') return null;
  return utilization >= busy ? 'generator' : 'neither';
}
