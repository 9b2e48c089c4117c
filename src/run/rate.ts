import { type Operation, requestsOf } from '../config/operations.js';
import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import type { LoadOutcome } from '../load/protocol.js';
import { isNullTarget, type Plan } from '../plan/plan.js';
import { deriveSeed } from '../random.js';
import type { RunResult } from '../result/schema.js';
import { requestsFor } from '../stats/resolution.js';
import type { RunningServer } from '../targets/target.js';
import type { RunContext } from './context.js';
import { noLongerAnswers } from './hang.js';
import { type FreshServer, withServers } from './servers.js';

type Rate = NonNullable<RunResult['rate']>;

/**
 * Closed loops that count. The best of them does: what others do on the machine can only make one slower,
 * and a single one met such a burst often enough for the same server to be given a fifth of the rate.
 */
const loops = 3;

/** In their time, of the one that warms a server up before. */
const warmUpLoops = 2;

const longestLoopMs = 150;

/** All that count take no longer than a trial: a first look is not to begin with a long one for its rate. */
function loopMsOf({ durationMs }: Pick<RunConfig, 'durationMs'>): number {
  return Math.min(longestLoopMs, Math.round(durationMs / loops));
}

/** What finding a rate takes for each operation of a target. */
export function findingMs(config: Pick<RunConfig, 'durationMs'>): number {
  return (warmUpLoops + loops) * loopMsOf(config);
}

/** Of the slowest capacity: low enough that requests seldom meet, on the server or in ours. */
const capacityShare = 0.2;

/**
 * The rate of the open loop: the one that was asked for, or one well below what the slowest target
 * answers in a short closed loop, so that latencies are those of a server that is not overloaded.
 * Null targets decide it only where there is nothing else.
 */
export async function chooseRate(plan: Plan, context: RunContext): Promise<Rate> {
  const { config, onEvent, signal } = context;
  if (config.rate !== 'auto') {
    return { ratePerSecond: config.rate, chosenBy: 'user', capacities: [] };
  }
  const capacities: Rate['capacities'] = [];
  let firstError: string | null = null;
  const stores = plan.targets.filter((target) => !isNullTarget(target));
  for (const name of stores.length > 0 ? stores : plan.targets) {
    signal.throwIfAborted();
    onEvent({ type: 'calibrate', target: name });
    await withServers(
      [name],
      context,
      () => {},
      async ([server]) => {
        if (!server) return;
        onEvent({ type: 'started', target: name, startMs: freshMs(server, config) });
        for (const operation of config.operations) {
          const load = await loadClosed(server, operation, context);
          const { requestsPerSecond } = load;
          if (requestsPerSecond === 0) firstError ??= load.firstError;
          capacities.push({ target: name, operation, requestsPerSecond });
        }
      },
    );
  }
  const slowest = Math.min(...capacities.map(({ requestsPerSecond }) => requestsPerSecond));
  if (slowest === 0) {
    const unanswered = capacities.find(({ requestsPerSecond }) => requestsPerSecond === 0);
    throw new KvbenchError(
      'target',
      `${unanswered?.target} gave no right answer to any ${unanswered?.operation} within ${loops * loopMsOf(config)} ms${firstError === null ? '' : `: ${firstError}`}.`,
      'Give a rate that it can keep with --rate; `kvbench check` tells what it answers.',
    );
  }
  return {
    ratePerSecond: rateFor(slowest, config, plan.blockSize),
    chosenBy: 'calibration',
    capacities,
  };
}

/**
 * Of servers that are loaded at the same time, all together: they share the CPUs that each was tried with
 * alone, and a request of an open loop costs a sleep and a wake-up besides. Two of go-kv at a fifth each
 * kept their CPU 75 % busy, and P90 varied by 22 % from round to round; at a tenth together by 2 to 8 %.
 */
const sharedShare = 0.1;

type Paced = Pick<RunConfig, 'interleave' | 'durationMs'>;

/** A rate at which requests seldom meet, and of servers loaded at once enough of them to tell P99. */
export function rateFor(capacity: number, config: Paced, targets: number): number {
  const only = { needs: [requestsFor(99)], longestMs: config.durationMs };
  return paceFor(capacity, config, { targets, ...only }).ratePerSecond;
}

/**
 * The rate of so many servers and the length of a trial: those at which requests seldom meet, or, where that is
 * too few of them, as much more as brings the most that is needed; with the least of both, the rate first. What
 * would take more than a fifth of what a server can do, or a trial longer than that, is not had.
 */
export function paceFor(
  capacity: number,
  { interleave, durationMs }: Paced,
  { targets, needs, longestMs }: { targets: number; needs: readonly number[]; longestMs: number },
): { ratePerSecond: number; durationMs: number } {
  const most = capacity * capacityShare;
  const isShared = interleave === 'request' && targets >= 2;
  const calm = roundDown(isShared ? (capacity * sharedShare) / targets : most);
  const paces = needs
    .toSorted((a, b) => b - a)
    .map((needed) => {
      const wanted = Math.ceil((needed * 1000) / durationMs);
      const ratePerSecond = Math.max(calm, wanted <= most ? wanted : roundDown(most));
      const neededMs = Math.ceil((needed * 1000) / ratePerSecond);
      return { ratePerSecond, durationMs: Math.max(durationMs, neededMs) };
    });
  return paces.find((pace) => pace.durationMs <= longestMs) ?? { ratePerSecond: calm, durationMs };
}

/** What a server does in the best of a few short closed loops, after one that warms it up. */
export async function loadClosed(
  server: RunningServer,
  operation: Operation,
  { config, generator }: RunContext,
): Promise<LoadOutcome> {
  const once = async (durationMs: number) => {
    const spec = {
      targets: [server.target],
      mix: requestsOf(operation),
      pace: null,
      durationMs,
      interleave: 'none' as const,
      sliceMs: durationMs,
      intervalMs: null,
      seed: deriveSeed(config.seed, 3),
    };
    const [load] = await Promise.race([generator.load(spec), server.died]);
    if (load?.hung) throw noLongerAnswers(server.target, `${operation}, to find a rate`, config);
    return load as LoadOutcome;
  };
  const loopMs = loopMsOf(config);
  await once(warmUpLoops * loopMs);
  let best = await once(loopMs);
  for (let loop = 2; loop <= loops; loop++) {
    const next = await once(loopMs);
    if (next.requestsPerSecond > best.requestsPerSecond) best = next;
  }
  return best;
}

/** How long a server took to start and to be filled: what every round has of it besides load. */
function freshMs({ fresh }: FreshServer, { keys }: Pick<RunConfig, 'keys'>): number {
  return ((fresh.startNs ?? 0) + (fresh.firstKeysNs ?? 0) * keys) / 1e6;
}

const steps = [8, 6, 5, 4, 3, 2.5, 2, 1.5, 1];

/** The next round number below: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten; at least 1. */
export function roundDown(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = steps.find((candidate) => candidate * power <= value) ?? 1;
  return Math.max(1, Math.floor(step * power));
}
