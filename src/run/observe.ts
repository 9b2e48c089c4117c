import type { LoadOutcome, ReadBackOutcome, Timeline } from '../load/protocol.js';
import type { Loaded, Probe, ProbedServer, Probing } from '../observe/probe.js';
import { probes, type SeriesFacts, type TrialFacts } from '../observe/probes.js';
import type { PlannedStretch } from '../plan/plan.js';
import type { Trial } from '../result/schema.js';
import { toSeries } from '../result/series.js';
import { keptRate, toTrial } from '../result/trial.js';
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

/** Loads servers with all probes at work, and makes the trials of it. */
export async function observe(
  servers: readonly (RunningServer & Partial<FreshServer>)[],
  load: () => Promise<LoadOutcome[]>,
  readBack: (target: string) => Promise<ReadBackOutcome | null>,
  about: About,
  { serverCpusOf }: Pick<RunContext, 'serverCpusOf'>,
): Promise<ObservedTrial[]> {
  const { round, stretch, startedAt, ratePerSecond, intervalMs } = about;
  const { outcomes, readings } = await probed(servers, load, intervalMs);
  const all = servers.map(({ target }, index): Loaded => {
    const load = outcomes[index] as LoadOutcome;
    return { ...load, keptRate: keptRate(load), serverCpus: serverCpusOf(target) };
  });
  const trials: ObservedTrial[] = [];
  for (const [index, { target, fresh }] of servers.entries()) {
    const load = outcomes[index] as LoadOutcome;
    const own = all[index] as Loaded;
    const warm = about.warmup[index];
    trials.push({
      load,
      trial: toTrial(stretch, {
        round,
        target,
        startedAt,
        ratePerSecond,
        load,
        warmup: { ...warmupCounts(warm), firstError: warm?.firstError ?? null },
        ...(fresh && { fresh }),
        facts: merged<TrialFacts>(readings, (probe, each) => probe.facts(each[index], own, all)),
        series: load.timeline && seriesOf(load.timeline, readings, index),
        // One that has stopped answering is not asked again.
        readBack: load.hung ? null : await readBack(target),
      }),
    });
  }
  return trials;
}

/** What each probe has read, by the index of a server. */
type Readings = readonly (readonly [Probe, readonly unknown[]])[];

/** The load, within all probes. Nothing of them goes on when it returns or throws. */
async function probed(
  servers: readonly ProbedServer[],
  load: () => Promise<LoadOutcome[]>,
  intervalMs: number,
): Promise<{ outcomes: LoadOutcome[]; readings: Readings }> {
  const atWork: [Probe, Probing<unknown>][] = [];
  try {
    for (const probe of probes.toReversed()) {
      atWork.unshift([probe, await probe.start(servers, { intervalMs })]);
    }
    const outcomes = await load();
    const readings: [Probe, readonly unknown[]][] = [];
    for (const [probe, probing] of atWork) readings.push([probe, await probing.stop()]);
    return { outcomes, readings };
  } catch (error) {
    for (const [, probing] of atWork) probing.cancel?.();
    throw error;
  }
}

function seriesOf(timeline: Timeline, readings: Readings, index: number) {
  const intervals = { ...timeline, count: timeline.intervals.length };
  return toSeries(
    timeline,
    merged<SeriesFacts>(readings, (probe, each) => probe.course(each[index], intervals)),
  );
}

/** What all probes tell, as one. */
function merged<Facts>(
  readings: Readings,
  tell: (probe: Probe, each: readonly unknown[]) => object,
): Facts {
  return Object.assign({}, ...readings.map(([probe, each]) => tell(probe, each)));
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
