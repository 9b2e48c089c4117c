import { type ExitCode, exitCode } from '../errors.js';
import { median } from '../median.js';
import { type Decision, decide } from './decide.js';
import { evidenceOf } from './look.js';
import { aboutFigure, type GateMetric, gateMetrics } from './metrics.js';
import {
  allowanceOf,
  type GatePolicy,
  keysOf,
  type Look,
  type MetricKey,
  nameOf,
} from './policy.js';
import { type Arm, armSchema, type GateRound, pairsOf } from './rounds.js';
import type { GateResult, GateVerdict, Judgement, MetricRow } from './schema.js';

type JudgedGate = Pick<
  GateResult,
  'policy' | 'rounds' | 'base' | 'head' | 'differences' | 'uncompared' | 'baseFailure' | 'waitedMs'
>;

/**
 * All that follows from a session's rounds, builds and policy, without measuring; under way it has
 * no verdict yet.
 */
export function judge(session: JudgedGate): Judgement {
  const { rounds, policy } = session;
  const size = sizeRow(session);
  const built = [...(size ? [size] : []), ...buildTimeRow(session)];
  if (rounds.length === 0 && isIdentical(session)) {
    const verdict = { outcome: 'pass', reason: 'identical', detail: null } as const;
    return { dropped: [], looks: [], metrics: built, verdict };
  }
  const hopeless = whyHopeless(session);
  if (hopeless) return { dropped: [], looks: [], metrics: built, verdict: hopeless };
  const decision = decide(rounds, policy);
  return {
    dropped: decision.dropped,
    looks: decision.looks,
    metrics: [...measuredRows(decision, policy), ...built],
    verdict:
      decision.next === 'stop' ? withSize(decision.verdict, size) : waitVerdict(session, size),
  };
}

/** Of a session that would go on, and was not to take longer; null: it goes on. */
function waitVerdict({ waitedMs }: JudgedGate, size: MetricRow | null): GateVerdict | null {
  if (waitedMs === undefined) return null;
  const open = { outcome: 'inconclusive', reason: 'wait-used-up', detail: null } as const;
  return withSize(open, size);
}

/**
 * The verdict of a stored session, from its raw rounds alone, under its own policy or another one.
 * Rounds that another policy would have wanted and that nobody measured make it inconclusive.
 */
export function replay(session: JudgedGate, policy = session.policy): Judgement {
  const judgement = judge({ ...session, policy });
  const verdict = judgement.verdict ?? {
    outcome: 'inconclusive',
    reason: 'rounds-missing',
    detail: null,
  };
  return { ...judgement, verdict };
}

/** Where there is nothing to compare head with, whatever is measured. */
function whyHopeless({ baseFailure, uncompared = [], policy }: JudgedGate): GateVerdict | null {
  if (baseFailure !== undefined) {
    return { outcome: 'inconclusive', reason: 'base-failed', detail: baseFailure };
  }
  const apart = new Set(uncompared.map(({ operation }) => operation));
  return policy.operations.every((operation) => apart.has(operation))
    ? { outcome: 'inconclusive', reason: 'nothing-in-common', detail: null }
    : null;
}

/**
 * Whether all that may reach the running server is known to be the same on both sides, so that there
 * is nothing to measure: what is built, to the byte, the settings, and the files that it may read.
 */
export function isIdentical({
  base,
  head,
  differences,
}: Pick<GateResult, 'base' | 'head' | 'differences'>): boolean {
  const isSameBuild = base.artifact?.sha256 === head.artifact?.sha256;
  if (differences) {
    const { settings, files, moreFiles } = differences;
    return isSameBuild && settings.length + files.length + moreFiles === 0;
  }
  // Documents from before differences were looked for.
  if (base.artifact && head.artifact) return isSameBuild;
  return base.sourceHash !== null && base.sourceHash === head.sourceHash;
}

/** The process's exit code for a verdict. */
export function gateExitCode(
  { outcome }: Pick<GateVerdict, 'outcome'>,
  { onInconclusive }: Pick<GatePolicy, 'onInconclusive'>,
): ExitCode {
  if (outcome === 'pass') return exitCode.ok;
  if (outcome === 'regression') return exitCode.regression;
  if (outcome === 'untrusted') return exitCode.untrusted;
  return onInconclusive === 'fail' ? exitCode.untrusted : exitCode.ok;
}

/** Every figure, gated or not, as the last look saw it; before the first look, as far as it goes. */
function measuredRows({ looks, seen, ...decision }: Decision, policy: GatePolicy): MetricRow[] {
  if (seen.length === 0) return [];
  const last = looks.at(-1);
  const rounds = last ? seen.slice(0, last.rounds.length) : seen;
  const look = policy.looks[Math.max(0, looks.length - 1)] as Look;
  const proven = new Set(
    looks.flatMap(({ confirmation }) =>
      (confirmation?.suspects ?? []).filter((suspect) => suspect.proven).map(nameOf),
    ),
  );
  const untrusted = decision.next === 'stop' && decision.verdict.outcome === 'untrusted';
  const gated = new Set(keysOf(policy).map(nameOf));
  const verdictOf = (name: string, status: string): MetricRow['verdict'] => {
    if (status === 'unmeasured') return 'unmeasured';
    if (!gated.has(name)) return 'reported';
    if (untrusted || !last) return 'inconclusive';
    if (proven.has(name)) return 'regression';
    return status === 'safe' ? 'pass' : 'inconclusive';
  };
  const known = gateMetrics.filter(
    (metric) => policy.metrics.includes(metric) || isTold(rounds, metric),
  );
  return keysOf({ ...policy, metrics: known }).map((key) => {
    const name = nameOf(key);
    const { ratio, provable, status } = evidenceOf(rounds, policy, key, look);
    return {
      name,
      operation: key.operation,
      metric: key.metric,
      unit: aboutFigure(key.metric).unit,
      ...middleOf(rounds, key),
      ratio,
      allowance: gated.has(name) ? allowanceOf(policy, key) : null,
      provable: gated.has(name) ? provable : null,
      verdict: verdictOf(name, status),
    };
  });
}

/** Whether rounds have that figure: those from before it was kept do not, nor does every server. */
function isTold(rounds: readonly GateRound[], metric: GateMetric): boolean {
  const added: Partial<Record<GateMetric, (round: GateRound['head']) => unknown>> = {
    tail: ({ operations }) => Object.values(operations).some(({ tailNs }) => tailNs !== undefined),
    start: ({ startNs }) => startNs,
    first: ({ firstKeysNs }) => firstKeysNs,
  };
  const told = added[metric];
  return told === undefined || rounds.some(({ head }) => Boolean(told(head)));
}

function middleOf(rounds: readonly GateRound[], key: MetricKey) {
  const pairs = pairsOf(rounds, key);
  const middles = { base: pairs.map(({ base }) => base), head: pairs.map(({ head }) => head) };
  const middle = (arm: Arm) => (pairs.length === 0 ? null : median(middles[arm]));
  const finite = (value: number | null) => (value === Number.POSITIVE_INFINITY ? null : value);
  const arms = armSchema.options.filter((arm) => middle(arm) === Number.POSITIVE_INFINITY);
  return {
    rounds: pairs.length,
    base: finite(middle('base')),
    head: finite(middle('head')),
    ...(arms.length > 0 && { unanswered: arms }),
  };
}

/** The size of a build is no sample: it is beyond its allowance, or it is not. */
function sizeRow({ base, head, policy }: JudgedGate): MetricRow | null {
  if (!base.artifact || !head.artifact) return null;
  const allowance = policy.binarySizeAllowance;
  const row = builtRow('binarySize', 'bytes', base.artifact.sizeBytes, head.artifact.sizeBytes);
  if (allowance === null) return row;
  const broken = (row.ratio?.estimate ?? 1) > 1 + allowance;
  return { ...row, allowance, verdict: broken ? 'regression' : 'pass' };
}

function buildTimeRow({ base, head }: JudgedGate): MetricRow[] {
  if (!base.artifact || !head.artifact) return [];
  // One that was given was not built; two of which one had a warm cache can't be compared.
  const known = [base.artifact, head.artifact].every(
    ({ buildMs, isWarm }) => buildMs > 0 && !isWarm,
  );
  if (!known) return [];
  return [builtRow('buildTime', 'ns', base.artifact.buildMs * 1e6, head.artifact.buildMs * 1e6)];
}

function builtRow(
  metric: 'binarySize' | 'buildTime',
  unit: MetricRow['unit'],
  base: number,
  head: number,
): MetricRow {
  const estimate = base > 0 ? head / base : null;
  return {
    name: metric,
    operation: null,
    metric,
    unit,
    rounds: 1,
    base,
    head,
    ratio: estimate === null ? null : { estimate, low: estimate, high: estimate },
    allowance: null,
    provable: null,
    verdict: 'reported',
  };
}

/** A build that grew too much fails, whatever else was found, unless its answers were wrong. */
function withSize(verdict: GateVerdict, size: MetricRow | null): GateVerdict {
  if (size?.verdict !== 'regression' || verdict.outcome === 'untrusted') return verdict;
  return verdict.outcome === 'regression'
    ? verdict
    : { outcome: 'regression', reason: 'binary-size', detail: null };
}
