import type { RunConfig } from '../config/schema.js';
import { expectedRoundMs } from '../plan/estimate.js';
import type { Plan } from '../plan/plan.js';
import { plural } from '../plural.js';
import { formatMs, formatNs, formatRate, formatRequestRate, printable } from '../report/format.js';
import type { RunEvent } from '../run/context.js';
import { errorsOf } from '../stats/summary.js';
import { progressBar, type StatusLine } from './status.js';
import { TimeLeft } from './time-left.js';

/**
 * Draws a run's progress with the time left: a bar that moves on a terminal, elsewhere a line a
 * round. `onEvent` takes what happens; `stop` ends the drawing.
 */
export function drawProgress(plan: Plan, config: RunConfig, status: StatusLine) {
  const rounds = plan.automatic ? 'auto' : String(plan.maxRounds);
  const totalMs = plan.roundMs * plan.maxRounds;
  /** Of all targets, what starting and filling takes, as far as that was seen. */
  let startsMs = 0;
  const expectedMs = () =>
    plan.maxRounds * expectedRoundMs(plan, config, startsMs > 0 ? startsMs : undefined);
  const left = new TimeLeft(totalMs, expectedMs());
  const startMs = performance.now();
  let label = 'starting';
  /** Load that is done; and the stretch under way, which takes so long. */
  let loadedMs = 0;
  let current: { startMs: number; loadMs: number } | null = null;
  let sights: string[] = [];
  let toldMs = startMs;

  const leftMs = (nowMs: number) => {
    // Automatic rounds may end before; nobody knows, so the budget is what is shown.
    if (plan.automatic) return config.timeBudgetMs - (nowMs - startMs);
    return left.at(nowMs, doneMs(nowMs));
  };
  const doneMs = (nowMs: number) =>
    loadedMs + (current === null ? 0 : Math.min(current.loadMs, nowMs - current.startMs));
  const draw = () => {
    const nowMs = performance.now();
    const fraction = plan.automatic
      ? (nowMs - startMs) / config.timeBudgetMs
      : doneMs(nowMs) / totalMs;
    const most = plan.automatic ? 'at most ' : '';
    const bar = `${progressBar(fraction)}  ${most}${formatLeft(leftMs(nowMs))} left  ${label}`;
    status.show([bar, ...sights].join('\n'));
  };
  const timer = status.live ? setInterval(draw, 200) : undefined;
  const inRound = (round: number, target: string | undefined, what: string) => {
    const { blocks } = plan.round(round);
    const block = blocks.findIndex((names) => target !== undefined && names.includes(target));
    const part = blocks.length > 1 ? `, block ${block + 1}/${blocks.length}` : '';
    label = `round ${round}/${rounds}${part}: ${what}`;
  };

  let filling: { target: string; startMs: number } | null = null;
  let hasTold = false;
  /** Tells once of a store that takes long to fill: it does so in every round. */
  const endFilling = () => {
    const ms = filling === null ? 0 : performance.now() - filling.startMs;
    const allMs = ms * (plan.automatic ? 1 : plan.maxRounds);
    if (filling && !hasTold && allMs >= longFillMs) {
      hasTold = true;
      const each = `storing ${plural(config.keys, 'key')} takes ${filling.target} ${formatMs(ms)}`;
      const total = plan.automatic ? '' : `, ${formatLeft(allMs)} in all`;
      status.log(`${each} in every round${total}; fewer --keys are stored sooner`);
    }
    filling = null;
  };

  return {
    onEvent(event: RunEvent): void {
      switch (event.type) {
        case 'calibrate':
          label = `finding a rate: ${event.target}`;
          break;
        case 'started':
          startsMs += event.startMs;
          break;
        case 'rate': {
          const { ratePerSecond, chosenBy } = event.rate;
          if (chosenBy === 'calibration') {
            status.log(`latency is measured at ${formatRequestRate(ratePerSecond)} to each`);
          }
          break;
        }
        case 'round': {
          const nowMs = performance.now();
          if (event.round === 1) left.begin(nowMs, expectedMs());
          else left.blockEnded(nowMs, loadedMs);
          if (!status.live) {
            const most = plan.automatic ? 'at most' : 'about';
            status.log(`round ${event.round}/${rounds}, ${most} ${formatLeft(leftMs(nowMs))} left`);
          }
          break;
        }
        case 'preload':
          endFilling();
          filling = { target: event.target, startMs: performance.now() };
          left.blockEnded(filling.startMs, loadedMs);
          inRound(event.round, event.target, `filling ${event.target}`);
          break;
        case 'stretch-start': {
          endFilling();
          const { measure, operation } = event.stretch;
          inRound(event.round, event.targets[0], `${measure} ${operation}`);
          const isTogether = config.interleave === 'request' && measure === 'latency';
          const turns = isTogether ? 1 : event.targets.length;
          const loadMs = turns * (config.durationMs + config.warmupMs);
          current = { startMs: performance.now(), loadMs };
          break;
        }
        case 'live':
          if (status.live) {
            sights = event.figures.slice(0, maxSights).map((sight) => describeSight(event, sight));
          } else if (performance.now() - toldMs >= tellEveryMs) {
            toldMs = performance.now();
            const loaded = event.figures.filter(
              ({ requestsPerSecond }) => requestsPerSecond !== null,
            );
            for (const sight of loaded) status.log(describeSight(event, sight));
          }
          break;
        case 'stretch-end':
          loadedMs += current?.loadMs ?? 0;
          current = null;
          for (const trial of event.trials) {
            const errors = errorsOf(trial);
            if (errors === 0) continue;
            status.log(
              `round ${trial.round}, ${trial.target} ${trial.operation}: ${plural(errors, 'error')}, first: ${printable(trial.firstError ?? 'a lost write')}`,
            );
          }
      }
      if (status.live) draw();
    },
    stop(): void {
      clearInterval(timer);
      status.clear();
    },
  };
}

/** Storing keys for so long, over all rounds, is worth a word. */
const longFillMs = 20_000;

/** How many targets are shown at a time on a terminal; and how often where lines stay. */
const maxSights = 4;
const tellEveryMs = 5000;

type LiveEvent = Extract<RunEvent, { type: 'live' }>;

/** How a target does, after a few words on when. */
export function describeSight(
  { round, stretch }: LiveEvent,
  { target, requestsPerSecond, p50Ns, p99Ns, errors }: LiveEvent['figures'][number],
  when = `round ${round} ${stretch.measure} ${stretch.operation}, `,
): string {
  const time = (ns: number | null) => (ns === null ? 'n/a' : formatNs(ns));
  const what = `  ${when}${target}:`;
  if (requestsPerSecond === null) return `${what} waits for its turn`;
  const figures = `${formatRate(requestsPerSecond)}/s, P50 ${time(p50Ns)}, P99 ${time(p99Ns)}`;
  return `${what} ${figures}, ${plural(errors, 'error')}`;
}

function formatLeft(ms: number): string {
  return formatMs(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}
