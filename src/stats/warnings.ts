import { median } from '../median.js';
import type { CpuUnknown } from '../observe/cpu.js';
import { storeOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import { type PercentileName, percentiles } from '../result/percentile-table.js';
import type { LoadEngine, RunResult, Summary, Trial, Warning } from '../result/schema.js';
import { keptShare } from '../result/trial.js';
import { comparedMetrics } from './compare.js';
import { labelOf } from './metrics.js';
import { requestsFor } from './resolution.js';
import {
  errorsOf,
  lagShare,
  requestsOfRound,
  summarize,
  targetsOf,
  trialsOf,
  typicalSchedule,
  wrongAnswersOf,
} from './summary.js';

interface WarnedOf extends Pick<RunResult, 'config' | 'trials'> {
  /** What sent the load; null: not one of ours. */
  engine: LoadEngine['name'] | null;
}

/** What a reader of the figures must know, as data with advice. */
export function runWarnings(result: WarnedOf): Warning[] {
  const summary = summarize(result);
  return [
    ...targetsOf(result).flatMap((target) =>
      answerWarnings(
        target,
        result.trials.filter((trial) => trial.target === target),
      ),
    ),
    ...countWarnings(result.trials),
    ...retryWarnings(summary),
    ...rateWarnings(result.trials, summary),
    ...arrivalWarnings(result),
    ...resolutionWarnings(result.trials, summary),
    ...noiseWarnings(result.trials),
    ...systemWarnings(result.trials),
    ...cpuWarnings(result.trials),
  ];
}

function answerWarnings(target: string, own: readonly Trial[]): Warning[] {
  const warnings: Warning[] = [];
  const wrong = own.filter((trial) => wrongAnswersOf(trial) > 0);
  const errors = wrong.reduce((sum, trial) => sum + wrongAnswersOf(trial), 0);
  if (errors > 0) {
    const first = wrong.find((trial) => trial.firstError)?.firstError ?? 'lost writes';
    warnings.push({
      code: 'wrong-answers',
      message: `${target} gave ${plural(errors, 'wrong or missing answer')}, so its figures are not to be trusted. First: ${first}.`,
      advice: `Try it by hand with \`kvbench serve ${storeOf(target)}\`; the JSON counts errors by kind.`,
    });
  }
  const late = own.reduce((sum, trial) => sum + errorsOf(trial) - wrongAnswersOf(trial), 0);
  if (late > 0) {
    warnings.push({
      code: 'late-answers',
      message: `${target} did not answer ${plural(late, 'request')} in time: a percentile that falls on one is longer than it waited, nobody knows how much.`,
      advice: 'Ask for less (--rate), or give it more time (--timeout).',
    });
  }
  const lost = own.reduce((sum, trial) => sum + (trial.readBack?.lost ?? 0), 0);
  if (lost > 0) {
    warnings.push({
      code: 'lost-writes',
      message: `${target} acknowledged ${plural(lost, 'write')} that it did not keep.`,
      advice: 'A store that loses writes cannot be compared by its speed.',
    });
  }
  return warnings;
}

/** More of them than this share, and closing connections is part of what was measured. */
const retriedShare = 0.01;

/** Requests that met a connection which the server had closed. */
function retryWarnings(summary: readonly Summary[]): Warning[] {
  const often = summary
    .filter(({ retried, planned }) => retried > planned * retriedShare)
    .sort((a, b) => b.retried / b.planned - a.retried / a.planned);
  const [worst] = often;
  if (!worst) return [];
  const names = often.map(({ target, operation }) => `${target} ${operation}`);
  return [
    {
      code: 'retried',
      message: `${[...new Set(names)].join(', ')}: up to ${percent(worst.retried / worst.planned)} of the requests met a connection that the server had closed, and were sent again on another one; their time holds both.`,
      advice:
        'A server that closes connections says so with Connection: close; see its keep-alive settings.',
    },
  ];
}

/** A server that counted other requests than were sent to it: one of the two is wrong. */
function countWarnings(trials: readonly Trial[]): Warning[] {
  const [first] = trials.flatMap((trial) => {
    const counts = differingCounts(trial);
    return counts.length > 0 ? [{ ...trial, counts }] : [];
  });
  if (!first) return [];
  const { target, round, counts } = first;
  const said = counts.map(
    ([what, counted, answered]) => `${what}: ${counted} instead of ${answered}`,
  );
  return [
    {
      code: 'counts-differ',
      message: `${target} counted other requests than were answered in a trial of round ${round} (${said.join(', ')}).`,
      advice: 'Look for something else that sends requests to it, or for a fault in its counters.',
    },
  ];
}

function differingCounts(trial: Trial): [what: string, counted: number, answered: number][] {
  const {
    requests,
    runtime: { counted },
  } = trial;
  // After an error or a second try nobody knows what the server has seen.
  if (!counted || requests.retried > 0 || errorsOf(trial) > 0) return [];
  const { get = 0, post = 0 } = requests.byName;
  const counts: [what: string, counted: number, answered: number][] = [
    ['GETs', counted.gets, get],
    ['misses', counted.misses, requests.misses],
    ['POSTs', counted.posts, post],
    ['others', counted.others, 0],
  ];
  return counts.filter(([, seen, answered]) => seen !== answered);
}

/** A row of the latency table, as far as its schedule goes; of a typical round. */
interface Row {
  name: string;
  sent: number;
  lagNs: number;
  p50Ns: number;
  /** Whether the figures are without it. */
  isTakenOut: boolean;
}

/** The figures of an open loop that was not kept are those of another load. */
function rateWarnings(trials: readonly Trial[], summary: readonly Summary[]): Warning[] {
  const rows = latencyRows(trials, summary);
  const warnings = rows
    .filter(({ sent }) => sent < keptShare)
    .map(({ name, sent }) => ({
      code: 'rate-not-kept',
      message: `${name}: only ${percent(sent)} of the planned requests left in time, so its latencies are those of an overload.`,
      advice: 'Lower --rate, or raise --connections if the server has CPU to spare.',
    }));
  const [worst, ...others] = rows
    .filter(
      ({ sent, lagNs, p50Ns, isTakenOut }) =>
        sent >= keptShare && !isTakenOut && lagNs > p50Ns * lagShare,
    )
    .sort((a, b) => b.lagNs / b.p50Ns - a.lagNs / a.p50Ns);
  if (!worst) return warnings;
  const also =
    others.length > 0 ? `; less so for ${others.map(({ name }) => name).join(', ')}` : '';
  return [
    ...warnings,
    {
      code: 'schedule-lag',
      message: `${worst.name}: the generator sent 1 in 100 requests ${micros(worst.lagNs)} late or more, beside a P50 of ${micros(worst.p50Ns)}, so part of the figures marked ≤ is its own${also}.`,
      advice: 'Lower --rate, or use a quieter machine with more CPUs.',
    },
  ];
}

/** The engine asks for the time of every answer's arrival; where it is told none, figures are as read. */
function arrivalWarnings({ engine, trials }: WarnedOf): Warning[] {
  const answered = trials.filter(({ requests }) => requests.answered > 0);
  const isTold = answered.some(({ parts }) => parts !== null);
  if (engine !== 'native' || answered.length === 0 || isTold) return [];
  return [
    {
      code: 'no-arrival-times',
      message:
        'This system does not tell when answers arrived, so what the generator reads late is in every latency.',
      advice: 'Linux tells it, outside of sandboxes that have a network of their own (gVisor).',
    },
  ];
}

/** Percentiles that would be compared, were there enough requests in a round to tell them. */
function resolutionWarnings(trials: readonly Trial[], summary: readonly Summary[]): Warning[] {
  const blind = summary.flatMap(({ target, measure, operation, pooled }) => {
    if (measure !== 'latency') return [];
    const requests = requestsOfRound(trialsOf(trials, { target, measure, operation }));
    return pooled
      .filter((name) => comparedMetrics.latency.some((compared) => compared === name))
      .map((name) => ({ name, row: `${target} ${operation}`, requests }));
  });
  const [first] = blind.toSorted((a, b) => a.requests - b.requests);
  if (!first) return [];
  const needed = Math.max(
    ...blind.map(({ name }) => requestsFor(percentiles[name as PercentileName].percent)),
  );
  const names = [...new Set(blind.map(({ name }) => labelOf(name)))];
  const times = Math.ceil(needed / first.requests);
  return [
    {
      code: 'unresolved',
      message: `${first.row}: a round has about ${plural(Math.round(first.requests), 'request')}, too few for ${names.join(' and ')}, which stand for all rounds together and are in no ratio.`,
      advice: `Make --duration ${times} times as long, or raise --rate: ${needed} requests a round are needed.`,
    },
  ];
}

function latencyRows(trials: readonly Trial[], summary: readonly Summary[]): Row[] {
  return summary
    .filter(({ measure }) => measure === 'latency')
    .map((entry) => {
      const own = trialsOf(trials, entry);
      return {
        name: `${entry.target} ${entry.operation}`,
        ...typicalSchedule(own),
        isTakenOut: own.every(({ parts }) => parts !== null),
      };
    });
}

/** Shares of the CPUs' time above which figures are noticeably wider. */
export const stealLimit = 0.03;
export const othersLimit = 0.1;

function noiseWarnings(trials: readonly Trial[]): Warning[] {
  const heard = trials.flatMap(({ round, noise }) => (noise ? [{ round, noise }] : []));
  const rounds = [...new Set(heard.map(({ round }) => round))];
  /** The worst round of those above the limit, in words; null: none is. */
  const worst = (share: 'stealShare' | 'othersShare', limit: number): string | null => {
    const [first, ...others] = rounds
      .map((round) => {
        const own = heard.filter((trial) => trial.round === round);
        return { round, share: median(own.map(({ noise }) => noise[share])) };
      })
      .filter((typical) => typical.share > limit)
      .sort((a, b) => b.share - a.share);
    if (!first) return null;
    const rest = others.length > 0 ? `, and above the limit in ${others.length + 1} rounds` : '';
    return `${percent(first.share)} during round ${first.round}${rest}`;
  };
  const warnings: Warning[] = [];
  const steal = worst('stealShare', stealLimit);
  if (steal !== null) {
    warnings.push({
      code: 'steal',
      message: `Steal was ${steal}: figures there are wider.`,
      advice: 'Other guests of the host took the CPU. More --rounds, or a quieter machine.',
    });
  }
  const others = worst('othersShare', othersLimit);
  if (others !== null) {
    warnings.push({
      code: 'other-processes',
      message: `Other processes used the CPUs, ${others}: figures there are wider.`,
      advice: 'End what else is running, or ask for more --rounds.',
    });
  }
  return warnings;
}

function systemWarnings(trials: readonly Trial[]): Warning[] {
  if (trials.length === 0 || trials.some((trial) => trial.server !== null)) return [];
  return [
    {
      code: 'no-proc',
      message: "CPU and memory of the servers can't be read on this system: those columns say n/a.",
      advice: 'Run on Linux to compare what an answer costs.',
    },
  ];
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(fraction < 0.0995 ? 1 : 0)} %`;
}

function micros(ns: number): string {
  return ns < 1e6 ? `${Math.round(ns / 1000)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}

/** Servers of which threads or processes ended, so that some CPU time can't be told. */
function cpuWarnings(trials: readonly Trial[]): Warning[] {
  const targets = (why: CpuUnknown) => [
    ...new Set(trials.filter(({ server }) => server?.cpuUnknown === why).map((t) => t.target)),
  ];
  const warnings: Warning[] = [];
  const ended = targets('ended');
  if (ended.length > 0) {
    warnings.push({
      code: 'cpu-unknown',
      message: `Processes of ${ended.join(' and ')} ended under load, and their CPU time with them, for nobody waited for them: where that happened it says n/a.`,
      advice: 'Have their parent wait for them (no daemons, SIGCHLD not ignored), or keep them.',
    });
  }
  const coarse = targets('coarse');
  if (coarse.length > 0) {
    warnings.push({
      code: 'cpu-coarse',
      message: `Threads or processes of ${coarse.join(' and ')} ended under load; what those used is known in ticks of 10 ms alone, too coarse for so little: it says n/a.`,
      advice: 'Raise --duration or --rate, so that a trial costs some 50 ms of CPU and more.',
    });
  }
  return warnings;
}
