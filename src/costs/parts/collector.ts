import { readRuntime } from '../../observe/runtime.js';
import type { Trial } from '../../result/schema.js';
import { loadClosed, roundDown } from '../../run/rate.js';
import { runStretch } from '../../run/run.js';
import { fill } from '../../run/servers.js';
import { median } from '../../stats/spread.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Sample,
  type Samples,
  withServer,
} from '../part.js';

const smallKeys = 10_000;
const durationMs = 5000;
const intervalMs = 100;
/** Of what a closed loop answers: enough to allocate, little enough that it is no overload. */
const load = 0.5;
/** Fewer intervals than this with a collection, or without, tell nothing. */
const fewest = 3;

/** Whether requests are slower beside a collection, with few keys and with many. */
export const openCollector: OpenPart = async (subject, context) => {
  const tells = await withServer(
    () => context.start(subject),
    async ({ adminOrigin }) =>
      adminOrigin !== null && (await readRuntime(adminOrigin))?.go !== undefined,
  );
  if (!tells) {
    return eachRound(1, async () => noneOf('collector', 'its runtime tells of no collector'));
  }
  return eachRound(context.settings.builds, async () => ({
    ...(await beside(subject, context, smallKeys, 'small')),
    ...(await beside(subject, context, context.settings.keys, 'large')),
  }));
};

async function beside(
  subject: CostSubject,
  { start, withLoad, settings }: CostContext,
  keys: number,
  size: 'small' | 'large',
): Promise<Samples> {
  const { valueSize } = settings;
  const trial = await withServer(
    () => start(subject),
    (server) =>
      withLoad({ keys, valueSize }, async (run) => {
        await fill(server, run);
        const operation = 'get:50,post:50';
        const { requestsPerSecond } = await loadClosed(server, operation, run);
        const config = { ...run.config, durationMs, intervalMs };
        const [observed] = await runStretch(
          1,
          { measure: 'latency', operation, seed: config.seed },
          [server],
          { ratePerSecond: roundDown(requestsPerSecond * load) },
          { ...run, config },
        );
        if (!observed) throw new Error('a load without a trial');
        return observed.trial;
      }),
  );
  const { go } = trial.runtime;
  if (!go) return {};
  const cpuNs = trial.server?.cpuNs ?? null;
  return {
    [`collector.${size}-cycles`]: go.gcCycles / (durationMs / 1000),
    [`collector.${size}-cpu`]:
      cpuNs === null ? { reason: 'its CPU time is not known' } : go.gcCpuNs / cpuNs,
    [`collector.${size}-pause`]:
      go.gcPauses.count === 0 ? { reason: 'nothing was collected' } : go.gcPauses.maxNs,
    [`collector.${size}-p99`]: besideOthers(trial, 'p99Ns'),
    [`collector.${size}-max`]: besideOthers(trial, 'maxNs'),
  };
}

/** The median of a figure over intervals with the end of a collection, by that over those without. */
export function besideOthers({ series }: Pick<Trial, 'series'>, figure: 'p99Ns' | 'maxNs'): Sample {
  if (!series?.gcPauses) return { reason: 'it was not told when collections ended' };
  const ends = new Set(series.gcPauses.map(({ atMs }) => Math.floor(atMs / series.intervalMs)));
  const values = (isBeside: boolean) =>
    series[figure].filter(
      (value, index): value is number => value !== null && ends.has(index) === isBeside,
    );
  const [beside, others] = [values(true), values(false)];
  if (beside.length < fewest || others.length < fewest) {
    return {
      reason: `of ${beside.length + others.length} tenths of a second ${beside.length} held a collection: too ${beside.length < fewest ? 'few' : 'many'} to compare`,
    };
  }
  return median(beside) / median(others);
}
