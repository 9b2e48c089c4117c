import type { KvbenchEvent, OnEvent } from '../api/events.js';
import { plural } from '../plural.js';
import {
  formatBytes,
  formatMs,
  formatNs,
  formatRate,
  formatRequestRate,
  oneLine,
  printable,
} from '../report/format.js';
import { latencyOf } from '../result/trial.js';
import { describeSight, drawProgress } from './progress.js';
import type { StatusLine } from './status.js';

/**
 * Draws what happens: the one thing that takes time now, with its seconds, on a terminal; a line for
 * each that is done. `stop` takes the moving line away.
 */
export function drawEvents(status: StatusLine): { onEvent: OnEvent; stop(): void } {
  let label: string | null = null;
  let sinceMs = 0;
  let sights: string[] = [];
  /** Those that are examined side by side. */
  let checked: string[] = [];
  let progress: ReturnType<typeof drawProgress> | null = null;
  const draw = () => {
    if (label === null) return;
    const seconds = Math.floor((performance.now() - sinceMs) / 1000);
    const text = seconds > 0 ? `${label} … ${seconds} s` : `${label} …`;
    status.show([text, ...sights].join('\n'));
  };
  const timer = status.live ? setInterval(draw, 200) : undefined;
  const begin = (text: string) => {
    label = text;
    sights = [];
    sinceMs = performance.now();
    draw();
  };
  const end = () => {
    label = null;
    status.clear();
  };

  const onEvent = (event: KvbenchEvent) => {
    // What is known so far is printed at the end.
    if ('result' in event) return;
    switch (event.type) {
      case 'look-up':
        return begin(`looking for ${event.target}`);
      case 'setup-start':
        if (!status.live) status.log(`setting up ${event.target} …`);
        return begin(`setting up ${event.target}`);
      case 'build-start':
        if (!status.live) status.log(`building ${event.target} with ${event.tool} …`);
        return begin(`building ${event.target} with ${event.tool}`);
      case 'train-start':
        if (!status.live) status.log(`recording ${event.target} under load …`);
        return begin(`recording ${event.target} under load`);
      case 'build-end': {
        end();
        const { artifact, target, built } = event;
        if (!built) return;
        const facts =
          artifact && ` in ${formatMs(artifact.buildMs)} (${formatBytes(artifact.sizeBytes)})`;
        return status.log(`built ${target}${facts ?? ''}`);
      }
      case 'check-start':
        checked = [...checked, event.target];
        return begin(describeChecks(checked));
      case 'check-end': {
        const { name, by, outcomes } = event.examination;
        checked = checked.filter((target) => target !== name);
        if (checked.length > 0) begin(describeChecks(checked));
        else end();
        if (outcomes.some(({ ok }) => !ok)) return;
        return status.log(
          by === 'contract'
            ? `${name} keeps the contract: ${plural(outcomes.length, 'vector')} pass`
            : `${name} answers as described: ${plural(outcomes.length, 'request')} tried`,
        );
      }
      case 'warning':
        return status.log(
          `warning: ${printable(`${event.warning.message} ${event.warning.advice}`)}`,
        );
      case 'plan':
        progress?.stop();
        progress = drawProgress(event.plan, event.config, status);
        return;
      case 'sweep-step':
        return begin(describeStep(event));
      case 'sweep-step-end': {
        end();
        // On a terminal the table at the end is enough.
        if (!status.live || event.outcome !== 'kept') status.log(describeStepEnd(event));
        return;
      }
      case 'live':
        if (progress) progress.onEvent(event);
        else sights = event.figures.map((sight) => describeSight(event, sight, ''));
        return;
      case 'cost-part':
        if (!status.live) status.log(`${event.part} of ${event.target} …`);
        return begin(`${event.part} of ${event.target}`);
      case 'cost-round':
        return begin(describeCostRound(event));
      case 'gate-rounds':
        return status.log(describeRounds(event));
      default:
        progress?.onEvent(event);
    }
  };
  return {
    onEvent,
    stop() {
      clearInterval(timer);
      progress?.stop();
      end();
    },
  };
}

function describeChecks(targets: readonly string[]): string {
  return `checking what ${targets.join(', ')} ${targets.length === 1 ? 'answers' : 'answer'}`;
}

function describeRounds(event: Extract<KvbenchEvent, { type: 'gate-rounds' }>): string {
  const { measured, rounds, suspects, expectedMs } = event;
  const time = `about ${formatMs(roundedSeconds(expectedMs))}`;
  if (suspects.length > 0) {
    return `suspected: ${suspects.join(', ')}; ${plural(rounds, 'fresh round')} to confirm that, ${time}`;
  }
  const before = measured > 0 ? `not decided by ${plural(measured, 'round')}; ` : '';
  return `${before}${plural(rounds, 'round')} to the next look, ${time}`;
}

/** `memory of go, round 2 of 5, about 40 s left`. */
function describeCostRound(event: Extract<KvbenchEvent, { type: 'cost-round' }>): string {
  const { part, target, round, rounds, leftMs } = event;
  return `${part} of ${target}, round ${round} of ${rounds}, about ${formatMs(roundedSeconds(leftMs))} left`;
}

function roundedSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000)) * 1000;
}

type StepEvent = Extract<KvbenchEvent, { type: 'sweep-step' }>;

const purposes: Record<StepEvent['purpose'], string> = {
  ladder: 'climbing',
  search: 'searching the knee',
  confirm: 'measuring again',
  overload: 'past the knee',
};

function describeStep({ target, operation, by, purpose, level }: StepEvent): string {
  return `${purposes[purpose]}: ${target} ${operation} at ${levelText(level, by)}`;
}

function describeStepEnd({
  target,
  operation,
  outcome,
  reason,
  trial,
}: Extract<KvbenchEvent, { type: 'sweep-step-end' }>): string {
  const { ratePerSecond } = trial.offered ?? {};
  const load = ratePerSecond === undefined ? 'closed loop' : levelText(ratePerSecond, 'rate');
  const p99Ns = latencyOf(trial)?.p99Ns;
  const p99 = p99Ns === undefined ? '' : `, P99 ${formatNs(p99Ns)}`;
  const why = reason === null ? '' : ` (${oneLine(reason)})`;
  return `${target} ${operation}, ${load}: ${formatRate(trial.requestsPerSecond ?? 0)}/s${p99}: ${outcome}${why}`;
}

function levelText(level: number, by: StepEvent['by']): string {
  return by === 'rate' ? formatRequestRate(level) : plural(level, 'connection');
}
