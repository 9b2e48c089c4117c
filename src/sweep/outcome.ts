import { type ErrorKind, errorKinds } from '../load/error-kinds.js';
import { percentiles } from '../result/percentile-table.js';
import type { Trial } from '../result/schema.js';
import { cpusOf, keptShare, latencyOf } from '../result/trial.js';
import type { Slo, SweepPolicy, SweepStep } from './schema.js';

/** What came of a step; the reason is null if it was kept. */
export type StepOutcome = Pick<SweepStep, 'outcome' | 'reason'>;

/** Above this a CPU, or the generator's one thread, has next to nothing left to give. */
const busy = 0.9;

/**
 * So busy, a generator on a schedule is behind for four times as long as something stalls it: what has
 * come due meanwhile it works off with the quarter that is left. That is a tail of its own.
 */
const busyOnSchedule = 0.75;

/** What a server was too slow for; every other error is a wrong answer, however fast it came. */
const lateKinds: readonly ErrorKind[] = ['timeout', 'unfinished'];

/** Requests that failed in another way than by being late, and writes that were lost. */
export function wrongAnswers({ requests, readBack }: Trial): number {
  const wrong = errorKinds
    .filter((kind) => !lateKinds.includes(kind))
    .reduce((sum, kind) => sum + requests.errors[kind], 0);
  return wrong + (readBack ? readBack.lost + readBack.unreadable : 0);
}

/**
 * Whether a step kept the objective, and if not, whose doing that was. Asked in this order:
 *
 * 1. Wrong answers break it, whoever was busy.
 * 2. A server whose CPUs are used up is the limit, however busy the generator is.
 * 3. A generator that is busy, and busier than the server, sends late and reads late: then nobody can
 *    tell.
 * 4. Where others had a tenth of the machine's CPUs or more, nobody can tell either.
 * 5. The rate was not kept, or the latency is too high, with CPU left on both sides. What the
 *    generator adds is its lag (requests that were due, and had a free connection, left so late). If
 *    the objective would be kept without it, or it is as large as the limit alone, nobody can tell.
 *    Otherwise requests waited for the server: on a connection, or for one that was free.
 *
 * A step that keeps its rate and the objective is kept in any case: what a generator adds can only
 * make it look worse. In a closed loop there is no such rate, and a busy generator always decides.
 */
export function judgeStep(
  trial: Trial,
  { by, slo }: Pick<SweepPolicy, 'by' | 'slo'>,
  serverCpus: number,
): StepOutcome {
  const wrong = wrongAnswers(trial);
  if (wrong > 0) {
    const first = trial.firstError === null ? '' : `; ${trial.firstError}`;
    return { outcome: 'broken', reason: `wrong answers: ${wrong}${first}` };
  }
  const problem = problemOf(trial, slo);
  const server = serverShare(trial, serverCpus);
  const generator = trial.generator?.utilization ?? 0;
  if (by === 'connections' && generator >= busy && server < busy) {
    return { outcome: 'generator-limited', reason: 'the generator was busy' };
  }
  if (problem === null) return { outcome: 'kept', reason: null };
  if (server >= busy) return { outcome: 'broken', reason: problem };
  const excuse =
    generator >= busyOnSchedule && generator > server
      ? 'the generator was busy'
      : isDisturbed(trial)
        ? 'others had the CPU'
        : lagExplains(trial, slo)
          ? 'the generator was late'
          : null;
  return excuse === null
    ? { outcome: 'broken', reason: problem }
    : { outcome: 'generator-limited', reason: `${problem}; ${excuse}` };
}

function problemOf(trial: Trial, slo: Slo): string | null {
  const late = lateness(trial);
  if (late !== null) return late;
  if (!keptRate(trial)) return 'the rate was not kept';
  return latencyProblem(latencyOf(trial)?.[slo.metric], slo);
}

function lateness({ requests }: Trial): string | null {
  const late = lateKinds.filter((kind) => requests.errors[kind] > 0);
  return late.length > 0
    ? late.map((kind) => `${kind}: ${requests.errors[kind]} of ${requests.planned}`).join(', ')
    : null;
}

function latencyProblem(ns: number | undefined, { limitNs, expression }: Slo): string | null {
  if (ns === undefined) return 'nothing was answered';
  return ns < limitNs ? null : `not ${expression}`;
}

/** A closed loop has no rate to keep. */
function keptRate({ offered }: Trial): boolean {
  return offered === null || offered.sentShare >= keptShare;
}

/** A tenth of a machine's CPUs in other hands is enough to keep a server, or its generator, waiting. */
const disturbedShare = 0.1;

function isDisturbed({ noise }: Trial): boolean {
  return noise !== null && noise.othersShare + noise.stealShare >= disturbedShare;
}

/** Of the time of the CPUs that a server can use; 0 where it is not known. */
function serverShare(trial: Trial, serverCpus: number): number {
  return (cpusOf(trial) ?? 0) / serverCpus;
}

/**
 * Where the lag is taken out, only requests that met a stall can still be slow by our doing. Else
 * percentiles of lags and of times that hold them do not add up exactly, but nearly in a tail.
 */
function lagExplains(trial: Trial, { metric, limitNs }: Slo): boolean {
  const lag = trial.offered?.scheduleLag;
  if (!lag) return false;
  const { percent } = percentiles[metric];
  const lagNs = percent <= 50 ? lag.p50Ns : percent > 99 ? lag.maxNs : lag.p99Ns;
  if (lagNs >= limitNs) return true;
  const latency = latencyOf(trial);
  if (!latency) return false;
  const ns = latency[metric];
  const without = trial.parts ? (latency.low?.[metric] ?? ns) : ns - lagNs;
  return ns >= limitNs && without < limitNs;
}
