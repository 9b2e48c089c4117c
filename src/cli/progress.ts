import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { formatMs, printable } from '../report/format.js';
import type { RunEvent } from '../run/run.js';
import { errorsOf } from '../stats/summary.js';
import { progressBar, type StatusLine } from './status.js';

/**
 * Draws a run's progress with the time left: a bar that moves on a terminal, elsewhere a line a
 * round. `onEvent` takes what happens; `stop` ends the drawing.
 */
export function drawProgress(plan: Plan, config: RunConfig, status: StatusLine) {
  const trialMs = config.durationMs + config.warmupMs;
  const startMs = performance.now();
  let label = 'starting';
  let loadedMs = 0;
  let trialStartMs: number | null = null;

  const draw = () => {
    const nowMs = performance.now();
    const current = trialStartMs === null ? 0 : Math.min(trialMs, nowMs - trialStartMs);
    const fraction = (loadedMs + current) / plan.loadMs;
    const elapsedMs = nowMs - startMs;
    // What has been is the best guess of how much starting and filling add to the load itself.
    const leftMs = fraction > 0.02 ? (elapsedMs / fraction) * (1 - fraction) : plan.loadMs * 1.1;
    status.show(`${progressBar(fraction)}  ${formatLeft(leftMs)} left  ${label}`);
  };
  const timer = status.live ? setInterval(draw, 200) : undefined;

  return {
    onEvent(event: RunEvent): void {
      if (event.type === 'round') {
        if (!status.live) {
          const left = formatLeft(
            (plan.loadMs * (config.rounds - event.round + 1)) / config.rounds,
          );
          status.log(`round ${event.round}/${config.rounds}, about ${left} left`);
        }
      } else if (event.type === 'preload') {
        label = `round ${event.round}/${config.rounds}: filling ${event.target}`;
      } else if (event.type === 'trial-start') {
        label = `round ${event.round}/${config.rounds}: ${event.trial.target} ${event.trial.operation}`;
        trialStartMs = performance.now();
      } else {
        trialStartMs = null;
        loadedMs += trialMs;
        const errors = errorsOf(event.trial);
        if (errors > 0) {
          status.log(
            `round ${event.trial.round}, ${event.trial.target} ${event.trial.operation}: ${errors} errors, first: ${printable(event.trial.firstError ?? 'a lost write')}`,
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

function formatLeft(ms: number): string {
  return formatMs(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}
