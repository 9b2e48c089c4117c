import { isGateMetric } from '../../gate/metrics.js';
import { allowanceOf, confirmationsOf } from '../../gate/policy.js';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { formatMs, oneLine } from '../format.js';
import { labelOf, listOf } from './words.js';

/** Nobody waits for more. */
const mostRounds = 200;

/** What a reader can do about a verdict that is no plain pass, each with the command for it. */
export function nextSteps(result: GateResult): string[] {
  const { verdict, metrics } = result.judgement;
  if (!verdict) return [];
  switch (verdict.reason) {
    case 'identical':
    case 'all-safe':
      return stepsForReported(result);
    case 'proven-twice':
    case 'binary-size':
      return stepsForRegression(result, metrics);
    case 'wrong-answers':
      return [
        `See what it answers: \`kvbench check ${oneLine(result.target)}\`, in a checkout of each.`,
      ];
    case 'base-failed':
      return [
        'Name a base that works with --base, or merge this: it then is what comes next is compared with.',
      ];
    case 'nothing-in-common':
      return ['Nothing is to be done for this change: the next one has it in its base.'];
    case 'too-noisy':
      return [
        `Ask for less, so that neither is overrun: \`${command(result)} --rate ${halfRate(result)}\`; or use a quieter machine.`,
      ];
    case 'wait-used-up':
      return [
        `Let it take longer, of which ${formatMs(result.waitedMs ?? 0)} were not enough: \`${command(result)} --max-wait 10min\`.`,
      ];
    default:
      return stepsForOpen(result, metrics);
  }
}

function stepsForRegression(result: GateResult, metrics: readonly MetricRow[]): string[] {
  const broken = metrics.filter(({ verdict }) => verdict === 'regression');
  const allow = broken.flatMap((row) => (row.metric === 'binarySize' ? [] : [allowFlag(row)]));
  const size = broken.some(({ metric }) => metric === 'binarySize');
  const flags = [...allow, ...(size ? ['--binary-size SHARE'] : [])].filter(Boolean).join(' ');
  return [
    'The same job again would say the same: look at the change, and measure it here with ' +
      `\`${command(result)}\`.`,
    ...(flags === '' ? [] : [`If it is meant to cost that: \`${flags}\`.`]),
  ];
}

function stepsForOpen(result: GateResult, metrics: readonly MetricRow[]): string[] {
  const { rounds, judgement } = result;
  const open = metrics.filter(({ verdict }) => verdict === 'inconclusive');
  const needs = open.flatMap((row) => {
    const needed = roundsFor(row);
    return needed === null ? [] : [{ row, needed }];
  });
  const steps: string[] = [];
  const within = needs.filter(({ needed }) => needed <= mostRounds);
  if (within.length > 0) {
    const most = Math.max(...within.map(({ needed }) => needed));
    const meanMs = rounds.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / rounds.length;
    const confirming = Math.max(...confirmationsOf(result.policy, { rounds: most }));
    const budget = Math.ceil((meanMs * (most + confirming)) / 60_000);
    steps.push(
      `${namesOf(within)} would be decided by about ${plural(most, 'round')}: \`${command(result)} --rounds ${most} --time-budget ${budget}min\`.`,
    );
  }
  const beyond = needs.filter(({ needed }) => needed > mostRounds);
  if (beyond.length > 0) {
    const { durationMs = 1000 } = result.load ?? {};
    steps.push(
      `${namesOf(beyond)} ${beyond.length === 1 ? 'lies' : 'lie'} too near the line for rounds alone: longer ones are calmer (\`--duration ${formatMs(durationMs * 2).replace(/\s/g, '')}\`), or allow what could be held (${beyond.map(({ row }) => allowFlag(row)).join(' ')}).`,
    );
  }
  if (steps.length === 0 && open.length > 0 && judgement.looks.length === 0) {
    steps.push(`Give it time for its first look: \`${command(result)} --time-budget 5min\`.`);
  }
  return steps;
}

function stepsForReported(result: GateResult): string[] {
  const names = [...new Set(beyondUnGated(result).map(({ metric }) => metric))];
  if (names.length === 0) return [];
  const metrics = [...result.policy.metrics, ...names].join(',');
  return [`To have it decide: \`${command(result)} --metrics ${metrics}\`.`];
}

/** Figures that decide nothing, and are proven to be beyond what would be allowed of them. */
export function beyondUnGated({ judgement, policy }: GateResult): MetricRow[] {
  return judgement.metrics.filter((row) => {
    if (row.verdict !== 'reported' || row.ratio?.low == null) return false;
    if (!isGateMetric(row.metric)) return false;
    const key = { metric: row.metric, operation: row.operation };
    const grown = (row.head ?? 0) - (row.base ?? 0);
    const isMuch = row.metric !== 'rss' || grown > policy.rssAllowanceBytes;
    return isMuch && row.ratio.low > 1 + allowanceOf(policy, key);
  });
}

/** How many rounds would tell a figure from its allowance, as its interval narrows by their root. */
function roundsFor({ ratio, allowance, rounds }: MetricRow): number | null {
  if (!ratio?.low || ratio.high === null || allowance === null) return null;
  const half = Math.log(ratio.high / ratio.low) / 2;
  const distance = Math.abs(Math.log1p(allowance) - Math.log(ratio.estimate));
  if (!Number.isFinite(half) || distance === 0) return Number.POSITIVE_INFINITY;
  // At least one look more; a fifth more than needed, as an estimate is one.
  const needed = Math.max(rounds * 2, rounds * 1.2 * (half / distance) ** 2);
  return Math.ceil(needed / 12) * 12;
}

/** `--allow get.p99=25%`: with what the interval ends below, it would have passed. */
function allowFlag({ name, ratio }: MetricRow): string {
  const bound = ratio?.high ?? ratio?.estimate ?? null;
  if (bound === null || !Number.isFinite(bound) || bound > 11) return '';
  return `--allow ${name}=${Math.max(1, Math.ceil((bound - 1) * 100 + 0.5))}%`;
}

/** How this gate is asked for again; what can't be told of it is left to the reader. */
function command({ target, base }: GateResult): string {
  const from = base.commit === null ? '…' : `--base ${base.commit.slice(0, 12)}`;
  return oneLine(`kvbench gate ${target} ${from}`);
}

function halfRate({ load }: GateResult): string {
  return load ? String(Math.max(1, Math.round(load.ratePerSecond / 2))) : 'N';
}

function namesOf(rows: readonly { row: MetricRow }[]): string {
  return listOf(rows.map(({ row }) => labelOf(row)));
}
