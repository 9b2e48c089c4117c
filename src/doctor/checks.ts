import { median } from '../median.js';
import type { ClockQuality } from '../observe/clock.js';
import { isNullTarget } from '../plan/plan.js';
import { formatNs, formatPercent, formatRequestRate } from '../report/format.js';
import type { Machine, RunResult, Summary, Trial } from '../result/schema.js';
import { confidence } from '../stats/compare.js';
import { aboutMetric, type MetricName } from '../stats/metrics.js';
import { lagShare } from '../stats/summary.js';
import { othersLimit, stealLimit } from '../stats/warnings.js';
import type { CpuPlacement } from '../targets/placement.js';

/** One thing that decides what figures from this machine are worth. */
export interface Check {
  id: string;
  status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  found: string;
  /** What to do about it; null when all is well. */
  advice: string | null;
}

/** What can be said without measuring. */
export interface MachineFacts {
  machine: Machine;
  tools: { target: string; version: string | null; problem: string | null; installHint: string }[];
  canPin: boolean;
  placement: CpuPlacement;
  clock: ClockQuality;
  openFileLimit: number | null;
  /** That a default run needs. */
  openFilesNeeded: number;
}

const ok = (id: string, found: string): Check => ({ id, status: 'ok', found, advice: null });
const warn = (id: string, found: string, advice: string): Check => ({
  id,
  found,
  advice,
  status: 'warn',
});
const fail = (id: string, found: string, advice: string): Check => ({
  id,
  found,
  advice,
  status: 'fail',
});

const lostLimit = 0.02;

/** Toolchains, CPUs, limits, clock: pure, in the order in which they are shown. */
export function machineChecks(facts: MachineFacts): Check[] {
  const { machine, canPin, placement } = facts;
  return [
    ok('node', `Node ${machine.nodeVersion}, undici ${machine.undiciVersion}`),
    ...facts.tools.map(({ target, version, problem, installHint }) =>
      version === null
        ? fail(target, problem ?? 'not found', `${installHint}, or leave ${target} out of runs.`)
        : ok(target, version.split('\n')[0] ?? version),
    ),
    cpuCheck(machine.cpus),
    canPin && machine.cpus >= 2
      ? ok('pinning', describePlacement(placement))
      : warn(
          'pinning',
          'servers and generator share their CPUs',
          machine.cpus < 2 ? 'Run on two CPUs or more.' : 'On Linux, install taskset (util-linux).',
        ),
    machine.cpuQuota !== null && machine.cpuQuota < machine.cpus
      ? warn(
          'quota',
          `the cgroup may use ${machine.cpuQuota} of ${machine.cpus} CPUs: it is stopped in bursts`,
          'Raise the CPU limit of the container to all of its CPUs, or take it away.',
        )
      : ok('quota', 'no CPU limit'),
    machine.governor === null || machine.governor === 'performance'
      ? ok('governor', machine.governor ?? 'no frequency scaling to be seen')
      : warn(
          'governor',
          `${machine.governor}: the clock follows the load`,
          'cpupower frequency-set --governor performance',
        ),
    ok('virtualization', machine.virtualization ?? 'none to be seen'),
    facts.openFileLimit !== null && facts.openFileLimit < facts.openFilesNeeded
      ? fail(
          'open files',
          `at most ${facts.openFileLimit}, and a default run needs ${facts.openFilesNeeded}`,
          `ulimit -n ${facts.openFilesNeeded}`,
        )
      : ok('open files', facts.openFileLimit === null ? 'unknown' : `${facts.openFileLimit}`),
    clockCheck(facts.clock),
  ];
}

/** Our schedule is spun, so the timer's own resolution is shown and does not matter. */
function clockCheck({ timerMs, longestGapUs, lostShare }: ClockQuality): Check {
  const found =
    `a spin lost ${formatPercent(lostShare)} of its time, ${formatNs(longestGapUs * 1000)} at most at once; ` +
    `timers of 1 ms take ${timerMs.toFixed(1)} ms`;
  return lostShare <= lostLimit
    ? ok('timer', found)
    : warn(
        'timer',
        found,
        'Something else wants the CPU, or the host does: tails are theirs, too.',
      );
}

function cpuCheck(cpus: number): Check {
  if (cpus >= 4) return ok('cpus', `${cpus}`);
  const advice = 'With four or more the generator gets as many CPUs as the servers.';
  if (cpus >= 2) {
    return warn('cpus', `${cpus}: the generator limits fast servers' throughput`, advice);
  }
  return warn('cpus', '1: servers and generator take turns, and slow each other', advice);
}

function describePlacement({ serverCpus, generatorCpus, generators }: CpuPlacement): string {
  const processes = generators === 1 ? 'one process' : `${generators} processes`;
  return `servers on CPU ${serverCpus?.join(',')}; generator on CPU ${generatorCpus?.join(',')}, ${processes}`;
}

/** What a short run against null targets, and against one server twice, has shown. */
export interface Calibration {
  summary: readonly Summary[];
  trials: readonly Trial[];
  /** The same server under two names: any difference is noise. */
  twins: [string, string];
  /** Of a default run. */
  defaultRounds: number;
}

/** Noise, floor, ceiling and precision of the instrument, from a run of its own: pure. */
export function instrumentChecks(calibration: Calibration): Check[] {
  const { trials, summary } = calibration;
  const noise = (read: (noise: NonNullable<Trial['noise']>) => number) => {
    const shares = trials.flatMap((trial) => (trial.noise ? [read(trial.noise)] : []));
    return shares.length > 0 ? median(shares) : 0;
  };
  const steal = noise(({ stealShare }) => stealShare);
  const pressure = noise(({ pressureShare }) => pressureShare ?? 0);
  const others = noise(({ othersShare }) => othersShare);
  return [
    steal > stealLimit
      ? warn(
          'steal',
          `${formatPercent(steal)} of the CPUs' time went to other guests`,
          'A machine of your own, or more --rounds: figures are wider.',
        )
      : ok('steal', formatPercent(steal)),
    ok(
      'pressure',
      `some task waited for a CPU ${formatPercent(pressure)} of the time, ours included`,
    ),
    others > othersLimit
      ? warn(
          'other processes',
          `${formatPercent(others)} of the CPUs' time`,
          'End what else is running.',
        )
      : ok('other processes', formatPercent(others)),
    ...summary
      .filter(({ target, measure }) => isNullTarget(target) && measure === 'latency')
      .map(lagCheck),
    ...summary.filter(({ target }) => isNullTarget(target)).map(limitCheck),
    ...precisionChecks(calibration),
  ];
}

/** How well the schedule is kept where the server has nothing to do. */
function lagCheck({ target, metrics }: Summary): Check {
  const lagNs = metrics['scheduleLagP99Ns']?.median ?? 0;
  const p50Ns = metrics['p50Ns']?.median ?? 0;
  const found = `P99 ${formatNs(lagNs)} beside a P50 of ${formatNs(p50Ns)} (${target})`;
  return lagNs <= p50Ns * lagShare
    ? ok('schedule lag', found)
    : warn(
        'schedule lag',
        found,
        'Requests leave late now and then: trust the P50 more than the P99, or lower --rate.',
      );
}

function limitCheck({ target, measure, metrics }: Summary): Check {
  const value = (name: MetricName) => metrics[name]?.median ?? 0;
  return measure === 'latency'
    ? ok(
        'floor',
        `P50 ${formatNs(value('p50Ns'))}, P99 ${formatNs(value('p99Ns'))} (${target}): no server can show less`,
      )
    : ok(
        'ceiling',
        `${formatRequestRate(value('requestsPerSecond'))} (${target}): beyond, figures print as ≥`,
      );
}

const preciseNames: [MetricName, string][] = [
  ['p50Ns', 'P50'],
  ['p99Ns', 'P99'],
  ['cpuPerRequestNs', 'CPU a request'],
  ['requestsPerCpuSecond', 'requests per CPU-second'],
];
const wideLimit = 0.1;

/** How narrow intervals of a default run are likely to be: from the spread of equal servers. */
function precisionChecks({ trials, twins, defaultRounds }: Calibration): Check[] {
  return preciseNames.flatMap(([name, label]) => {
    const { measure, of } = aboutMetric(name);
    const differences = [...new Set(trials.map((trial) => trial.round))].flatMap((round) => {
      const [a, b] = twins.map((target) => {
        const trial = trials.find(
          (t) => t.round === round && t.target === target && t.measure === measure,
        );
        return trial ? of(trial) : null;
      });
      return a && b ? [Math.log(a / b)] : [];
    });
    if (differences.length < 3) return [];
    const half = Math.expm1(expectedHalfWidth(differences, defaultRounds));
    const found = `${label}: about ±${formatPercent(half)} (${Math.round(confidence * 100)} %, ${defaultRounds} rounds)`;
    return [
      half <= wideLimit || name === 'p99Ns'
        ? ok('precision', found)
        : warn('precision', found, 'Smaller differences than that need more --rounds.'),
    ];
  });
}

/** Student's t for 99 %, two-sided, by degrees of freedom; the signed-rank interval is close to it. */
const tQuantiles = [63.66, 9.92, 5.84, 4.6, 4.03, 3.71, 3.5, 3.36, 3.25, 3.17, 3.11, 3.05];

/** Half the width of an interval of `rounds` differences that spread as these do. */
export function expectedHalfWidth(differences: readonly number[], rounds: number): number {
  // Equal servers: the mean is known to be 0.
  const squares = differences.reduce((sum, d) => sum + d * d, 0);
  const deviation = Math.sqrt(squares / differences.length);
  const t = tQuantiles[Math.min(rounds - 1, tQuantiles.length) - 1] ?? 3;
  return (t * deviation) / Math.sqrt(rounds);
}

/** What sends the load, and why it is not the faster one, if it is not. */
export function engineCheck(
  placement: RunResult['placement'],
  warnings: RunResult['warnings'],
): Check {
  const found = `the ${placement?.engine.name} engine sends the load`;
  const why = warnings.find(({ code }) => code === 'engine');
  return why
    ? { id: 'engine', status: 'warn', found: why.message, advice: why.advice }
    : { id: 'engine', status: 'ok', found, advice: null };
}
