import { readRuntime } from '../../observe/runtime.js';
import { loadClosed, roundDown } from '../../run/rate.js';
import { runStretch } from '../../run/run.js';
import { fill } from '../../run/servers.js';
import { besideOthers } from '../beside.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Samples,
  withServer,
} from '../part.js';

const smallKeys = 10_000;
const durationMs = 5000;
const intervalMs = 100;
/** Of what a closed loop answers: enough to allocate, little enough that it is no overload. */
const load = 0.5;

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
  { start, withLoad, settings, keep }: CostContext,
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
        const ratePerSecond = roundDown(requestsPerSecond * load);
        const config = { ...run.config, durationMs, intervalMs };
        const [observed] = await runStretch(
          1,
          { measure: 'latency', operation, seed: config.seed },
          [server],
          { ratePerSecond },
          { ...run, config },
        );
        if (!observed) throw new Error('a load without a trial');
        const { series } = observed.trial;
        if (series) keep({ keys, ratePerSecond, series });
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
