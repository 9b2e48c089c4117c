import { workersOf } from '../config/workers.js';
import { plural } from '../plural.js';
import type { Comparison, Placement, RunResult } from '../result/schema.js';
import { contentionOf, type Scaling, type ScalingStep, scalingOf } from '../stats/scaling.js';
import type { FigureTable } from './figures.js';
import { formatNs, formatNumber, formatRatios } from './format.js';

type Ratio = Pick<Comparison['ratio'], 'estimate' | 'low' | 'high'>;

/** How targets go with more workers, a table an operation; none where one number was measured. */
export function scalingFigures(result: RunResult): FigureTable[] {
  const cpus = cpusOfServers(result);
  const percent = Math.round((result.comparisons[0]?.ratio.confidence ?? 0) * 100);
  return byOperation(result).map(([operation, own]) => {
    const steps = own.flatMap((scaling) => scaling.steps);
    const notes = [
      ...(steps.some(({ workers }) => workers > cpus)
        ? [`*: more workers than servers have CPUs (${cpus}), so they take turns.`]
        : []),
      ...(steps.some(({ isLimited }) => isLimited)
        ? ['≥, ≤, n/a: the load generator was the limit, there or with the fewest workers.']
        : []),
    ];
    return {
      title: `Scaling, ${operation}`,
      detail: `efficiency: speed-up / workers; ${percent} % intervals`,
      head: ['target', 'workers', 'requests/s', 'efficiency', 'CPU/req', 'times the CPU'],
      left: 1,
      keys: 2,
      rows: own.flatMap(({ target, steps: [fewest, ...more] }) =>
        [fewest, ...more].map((step) => [
          target,
          `${step.workers}${step.workers > cpus ? '*' : ''}`,
          `${step.isLimited ? '≥' : ''}${known(step.requestsPerSecond, formatNumber)}`,
          step === fewest ? '' : efficiencyText(step, fewest),
          known(step.cpuPerRequestNs, formatNs),
          step === fewest || !step.cost ? '' : costText(step.cost),
        ]),
      ),
      note: notes.length > 0 ? notes.join('\n') : null,
    };
  });
}

/** Where contention begins, a sentence an operation; or why nobody can tell on this machine. */
export function scalingSentences(result: RunResult): string[] {
  const cpus = cpusOfServers(result);
  const all = byOperation(result);
  const seen = Math.max(
    0,
    ...all
      .flatMap(([, own]) => own.flatMap(({ steps: [, ...more] }) => more))
      .map(({ workers }) => (workers <= cpus ? workers : 0)),
  );
  if (all.length > 0 && seen === 0) {
    return [
      `Whether workers get in each other's way can't be told: they share ${plural(cpus, 'CPU')} here.`,
    ];
  }
  return all.map(([operation, own]) => {
    const found = own.map((scaling) => ({
      target: scaling.target,
      at: contentionOf(scaling, cpus, result.config.precision),
    }));
    const shown = found.flatMap(({ target, at }) => {
      if (!at) return [];
      const { step, shownBy } = at;
      const by =
        shownBy === 'cost'
          ? `${costText(step.cost as Ratio)} the CPU a request`
          : `efficiency ${numbers(step.efficiency as Ratio)}`;
      return [`in ${target} from ${plural(step.workers, 'worker')} on: ${by}`];
    });
    const free = found.filter(({ at }) => at === null).map(({ target }) => target);
    const none = `none in ${free.join(', ')} up to ${seen}`;
    if (shown.length === 0) {
      return `${operation}: up to ${plural(seen, 'worker')} no contention shows in ${free.join(', ')}.`;
    }
    return `${operation}: contention shows ${[...shown, ...(free.length > 0 ? [none] : [])].join('; ')}.`;
  });
}

/** How many CPUs servers can have; without end where nobody has said. */
function cpusOfServers({ placement, machine }: Pick<RunResult, 'placement' | 'machine'>) {
  return placement?.serverCpus?.length ?? machine?.cpus ?? Number.POSITIVE_INFINITY;
}

/** `2 workers a server`; or the numbers that targets have of their own. */
export function workersText(
  { workers }: Pick<Placement, 'workers'>,
  targets: readonly { name: string }[],
): string {
  const own = targets.map(({ name }) => workersOf(name) ?? workers);
  const [least = workers, ...more] = [...new Set(own)].sort((a, b) => a - b);
  const last = more.at(-1);
  if (last === undefined) return `${plural(least, 'worker')} a server`;
  return `${[least, ...more.slice(0, -1)].join(', ')} or ${last} workers a server`;
}

function byOperation(result: RunResult): [operation: string, own: Scaling[]][] {
  const all = scalingOf(result);
  const operations = [...new Set(all.map(({ operation }) => operation))];
  return operations.map((operation) => [
    operation,
    all.filter((scaling) => scaling.operation === operation),
  ]);
}

/** `0.91 (0.85–0.95)`; of what the generator limited a bound, or that there is none. */
function efficiencyText(step: ScalingStep, fewest: ScalingStep): string {
  if (!step.efficiency || (step.isLimited && fewest.isLimited)) return 'n/a';
  const estimate = step.efficiency.estimate.toFixed(2);
  if (step.isLimited) return `≥${estimate}`;
  return fewest.isLimited ? `≤${estimate}` : numbers(step.efficiency);
}

function numbers({ estimate, low, high }: Ratio): string {
  if (low === null || high === null) return estimate.toFixed(2);
  return `${estimate.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** `1.31× (1.22–1.40)`. */
function costText({ estimate, low, high }: Ratio): string {
  if (low === null || high === null) return formatRatios(estimate).join('');
  const [ratio, from, to] = formatRatios(estimate, low, high);
  return `${ratio} (${from?.replace('×', '')}–${to?.replace('×', '')})`;
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? 'n/a' : format(value);
}
