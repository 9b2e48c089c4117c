import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { plural } from '../plural.js';
import { formatMs, formatNs, formatRate, formatRequestRate, printable } from '../report/format.js';
import type { RunEvent } from '../run/context.js';
import { errorsOf } from '../stats/summary.js';
import { progressBar, type StatusLine } from './status.js';

/**
 * Draws a run's progress with the time left: a bar that moves on a terminal, elsewhere a line a
 * round. `onEvent` takes what happens; `stop` ends the drawing.
 */
export function drawProgress(plan: Plan, config: RunConfig, status: StatusLine) {
  const stretches = config.measures.length * config.operations.length;
  const stretchMs = plan.roundMs / stretches;
  const rounds = plan.automatic ? 'auto' : String(plan.maxRounds);
  // Automatic rounds may end before; nobody knows, so the budget is what is shown.
  const totalMs = plan.automatic ? config.timeBudgetMs : plan.roundMs * plan.maxRounds;
  /** Of a round, what starting and filling the servers takes, as far as that was seen. */
  let startingMs = 0;
  const startMs = performance.now();
  let label = 'starting';
  let loadedMs = 0;
  let stretchStartMs: number | null = null;
  let sights: string[] = [];
  let toldMs = startMs;

  const draw = () => {
    const nowMs = performance.now();
    const elapsedMs = nowMs - startMs;
    const current = stretchStartMs === null ? 0 : Math.min(stretchMs, nowMs - stretchStartMs);
    const fraction = plan.automatic ? elapsedMs / totalMs : (loadedMs + current) / totalMs;
    // What has been is the best guess of how much starting and filling add to the load itself.
    const leftMs =
      fraction > 0.02
        ? (elapsedMs / fraction) * (1 - fraction)
        : totalMs + (plan.automatic ? 0 : startingMs * plan.maxRounds);
    const most = plan.automatic ? 'at most ' : '';
    const bar = `${progressBar(fraction)}  ${most}${formatLeft(leftMs)} left  ${label}`;
    status.show([bar, ...sights].join('\n'));
  };
  const timer = status.live ? setInterval(draw, 200) : undefined;
  const inRound = (round: number, what: string) => {
    label = `round ${round}/${rounds}: ${what}`;
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
          startingMs += event.startMs;
          break;
        case 'rate': {
          const { ratePerSecond, chosenBy } = event.rate;
          if (chosenBy === 'calibration') {
            status.log(`latency is measured at ${formatRequestRate(ratePerSecond)} to each`);
          }
          break;
        }
        case 'round':
          if (!status.live) {
            const elapsedMs = performance.now() - startMs;
            const done = event.round - 1;
            const roundMs = done > 0 ? elapsedMs / done : plan.roundMs + startingMs;
            const left = plan.automatic
              ? config.timeBudgetMs - elapsedMs
              : roundMs * (plan.maxRounds - done);
            const most = plan.automatic ? 'at most' : 'about';
            status.log(`round ${event.round}/${rounds}, ${most} ${formatLeft(left)} left`);
          }
          break;
        case 'preload':
          endFilling();
          filling = { target: event.target, startMs: performance.now() };
          inRound(event.round, `filling ${event.target}`);
          break;
        case 'stretch-start':
          endFilling();
          inRound(event.round, `${event.stretch.measure} ${event.stretch.operation}`);
          stretchStartMs = performance.now();
          break;
        case 'live':
          sights = event.figures.slice(0, maxSights).map((sight) => describeSight(event, sight));
          if (!status.live && performance.now() - toldMs >= tellEveryMs) {
            toldMs = performance.now();
            for (const line of sights) status.log(line);
          }
          break;
        case 'stretch-end':
          stretchStartMs = null;
          loadedMs += stretchMs;
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

/** How many targets are shown while they are loaded; and how often where lines stay. */
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
  const figures = `${formatRate(requestsPerSecond)}/s, P50 ${time(p50Ns)}, P99 ${time(p99Ns)}`;
  return `${what} ${figures}, ${plural(errors, 'error')}`;
}

function formatLeft(ms: number): string {
  return formatMs(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}
