import { isGateMetric } from '../../gate/metrics.js';
import { allowanceOf } from '../../gate/policy.js';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { formatRatios, oneLine } from '../format.js';
import type { Sentence } from '../part.js';
import { gateTones } from '../tone.js';
import { beyondUnGated } from './next.js';
import { allowanceText, labelOf, listOf, ratioTexts } from './words.js';

/** The verdict, and the word that it comes down to. */
export function verdict(result: GateResult): Sentence {
  const { outcome } = result.judgement.verdict ?? {};
  const word = outcome ?? 'no verdict';
  return {
    word,
    text: verdictSentence(result).slice(`${word}: `.length),
    tone: gateTones[outcome ?? 'inconclusive'],
  };
}

/**
 * The verdict in one sentence, which begins with its word; no line breaks. What is proven to be slower
 * and decides nothing is part of it: a green line must not hide that.
 */
export function verdictSentence(result: GateResult): string {
  const sentence = decided(result);
  if (!result.judgement.verdict) return sentence;
  const named = (rows: readonly MetricRow[]) =>
    rows.map((row) => {
      const { estimate, interval } = ratioTexts(row);
      return `${labelOf(row)} ${estimate} (${interval})`;
    });
  const slower = named(beyondUnGated(result));
  const better = named(improved(result));
  return [
    sentence.replace(/\.$/, ''),
    ...(slower.length > 0 ? [`not gated, and worse all the same: ${listOf(slower)}`] : []),
    ...(better.length > 0 ? [`better: ${listOf(better)}`] : []),
  ]
    .join('; ')
    .concat('.');
}

/** Figures that are proven to be better by more than they would be allowed to be worse. */
function improved({ judgement, policy }: GateResult): MetricRow[] {
  return judgement.metrics.filter(({ metric, operation, ratio }) => {
    if (!isGateMetric(metric) || ratio?.high == null) return false;
    return ratio.high < 1 / (1 + allowanceOf(policy, { metric, operation }));
  });
}

function decided(result: GateResult): string {
  const { verdict, metrics } = result.judgement;
  if (!verdict) {
    const why = result.failure === undefined ? '' : ` ${oneLine(result.failure)}`;
    return `no verdict: the session ${ended[result.state]} before there was one.${why}`;
  }
  const { outcome, reason, detail } = verdict;
  const base = oneLine(result.base.label);
  const target = oneLine(result.target);
  const rounds = plural(result.judgement.looks.at(-1)?.rounds.length ?? 0, 'round');
  switch (reason) {
    case 'identical':
      return result.base.artifact
        ? `${outcome}: ${target} is built to the same bytes as at ${base}, and nothing else that may reach the running server differs, so there is nothing to measure.`
        : `${outcome}: ${target} has the same files as at ${base}, so there is nothing to measure.`;
    case 'all-safe':
      return `${outcome}: after ${rounds} every gated figure of ${target} is proven to be within its allowance of ${base}.`;
    case 'proven-twice':
      return `${outcome}: ${allBeyond(metrics, base)}; seen in ${rounds}, and again in ${freshRounds(result)} fresh ones.`;
    case 'binary-size':
      return `${outcome}: ${allBeyond(metrics, base)}.`;
    case 'wrong-answers':
      return `${outcome}: ${oneLine(detail ?? 'wrong answers')}; figures of wrong answers decide nothing.`;
    case 'too-noisy':
      return `${outcome}: ${detail === null ? `${whyOpen[reason]()}${openFigures(metrics)}` : oneLine(detail)}.`;
    case 'base-failed':
      return `${outcome}: head answers as described, and there is no base to compare it with. ${oneLine(detail ?? '')}`;
    case 'nothing-in-common':
      return `${outcome}: head answers as described, and ${base} can be asked none of it.`;
    default:
      return `${outcome}: ${whyOpen[reason](rounds)}${openFigures(metrics)}.`;
  }
}

const ended: Record<GateResult['state'], string> = {
  running: 'was cut off',
  interrupted: 'was interrupted',
  failed: 'failed',
  complete: 'ended',
};

const whyOpen = {
  'rounds-used-up': (rounds: string) => `the last look, at ${rounds}, left open`,
  'time-used-up': () => 'the time budget ended before it was known',
  'wait-used-up': () => 'the wait that was allowed ended before it was known',
  'too-noisy': () => 'too many rounds had to be dropped for noise to say',
  'rounds-missing': () => 'this policy asks for rounds that were never measured to say',
};

function openFigures(metrics: readonly MetricRow[]): string {
  const open = metrics.filter(({ verdict }) => verdict === 'inconclusive');
  const unmeasured = metrics.filter(
    ({ verdict, allowance }) => verdict === 'unmeasured' && allowance !== null,
  );
  return [
    ...(open.length > 0
      ? [` whether ${listOf(open.map((row) => labelOf(row)))} kept within the allowance`]
      : [' what was asked']),
    ...(unmeasured.length > 0
      ? [`; ${listOf(unmeasured.map((row) => labelOf(row)))} could not be measured`]
      : []),
  ].join('');
}

/** What could be said of a figure that stayed open: where it lies, and what would have shown. */
export function openSentences({ judgement }: GateResult): string[] {
  if (judgement.verdict?.outcome === 'untrusted') return [];
  return judgement.metrics.flatMap((row) => {
    if (row.verdict !== 'inconclusive' || !row.ratio) return [];
    const { estimate, interval } = ratioTexts(row);
    const where = interval.includes('to') ? `${estimate} (${interval})` : estimate;
    const suspicion = unconfirmed(row, judgement);
    if (suspicion !== null) return [`${labelOf(row)}: ${where}; ${suspicion}.`];
    const shown =
      row.provable === null
        ? 'too few rounds to prove any slowdown'
        : `a slowdown of ${formatRatios(row.provable)[0]} or more would have been proven`;
    return [`${labelOf(row)}: ${where}; ${shown}.`];
  });
}

/** What base could not be asked, and so is not compared; and what is let pass on purpose. */
export function asideSentences({ uncompared = [], accepted = [] }: GateResult): string[] {
  return [
    ...uncompared.map(({ operation, reason }) =>
      oneLine(`${operation}: new or mended, not compared: ${reason}.`),
    ),
    ...accepted.map(({ name, share, until, commit }) =>
      oneLine(
        `${name}: +${Number((share * 100).toPrecision(3))} % is allowed on purpose until ${until}, by ${commit.slice(0, 7)}.`,
      ),
    ),
  ];
}

/** How a suspicion came out that fresh rounds did not bear out; null where there was none. */
function unconfirmed(
  { metric, operation }: MetricRow,
  { looks }: GateResult['judgement'],
): string | null {
  const look = looks.findLast(({ confirmation }) =>
    confirmation?.suspects.some((s) => s.metric === metric && s.operation === operation),
  );
  if (!look) return null;
  const fresh = look.confirmation?.rounds.length ?? 0;
  return `suspected after ${plural(look.rounds.length, 'round')}, not confirmed by ${fresh} fresh ones`;
}

function proven(metrics: readonly MetricRow[]): MetricRow[] {
  return metrics.filter(({ verdict }) => verdict === 'regression');
}

/** Each figure that is proven to be worse; what the first says of all is said by it alone. */
function allBeyond(metrics: readonly MetricRow[], base: string): string {
  return listOf(
    proven(metrics).map((row, index) => (index === 0 ? beyond(row, base) : alsoBeyond(row, base))),
  );
}

function alsoBeyond(row: MetricRow, base: string): string {
  if (row.unanswered?.includes('head')) return beyond(row, base);
  const { estimate, interval } = ratioTexts(row);
  const where = interval === '' ? '' : `${interval}; `;
  return `${labelOf(row)} ${estimate} (${where}${allowanceText(row)})`;
}

function beyond(row: MetricRow, base: string): string {
  const { estimate, interval } = ratioTexts(row);
  if (row.unanswered?.includes('head')) {
    return `${labelOf(row)} is without end: that many requests of head were not answered in time, where ${allowanceText(row)} beside ${base} is allowed`;
  }
  const where = interval === '' ? '' : ` (${interval})`;
  return `${labelOf(row)} is ${estimate} that of ${base}${where}, where ${allowanceText(row)} is allowed`;
}

function freshRounds({ judgement }: GateResult): number {
  return judgement.looks.at(-1)?.confirmation?.rounds.length ?? 0;
}
