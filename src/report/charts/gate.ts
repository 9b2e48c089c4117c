import { keysOf, nameOf } from '../../gate/policy.js';
import { pairsOf } from '../../gate/rounds.js';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { verdictSentence } from '../gate/sentence.js';
import { allowanceText, labelOf } from '../gate/words.js';
import { gateTones } from '../tone.js';
import type { Chart, ForestChart, ForestRow, LineChart, Mark, Point, Series } from './chart.js';
import { quantityText } from './quantity.js';
import { finished, slug } from './sources.js';

/** The charts of a gate: all figures with their allowances, then the rounds of each gated one. */
export function gateCharts(result: GateResult): Chart[] {
  const rows = result.judgement.metrics;
  return finished([
    forest(result),
    ...rows
      .filter(({ allowance }) => allowance !== null)
      .map((row) => roundsChart(row, result))
      .filter(({ series }) => series.length > 0),
  ]);
}

function forest(result: GateResult): ForestChart {
  return {
    kind: 'forest',
    id: 'gate-ratios',
    title: `${result.target}: ${result.head.label} / ${result.base.label}`,
    summary: `Each figure of head as a multiple of that of base, with its interval and what is allowed. ${verdictSentence(result)}`,
    note: null,
    axis: { label: 'head / base', quantity: 'ratio', scale: 'log' },
    rows: result.judgement.metrics.flatMap(forestRow),
  };
}

function forestRow(row: MetricRow): ForestRow[] {
  const { ratio, allowance, verdict } = row;
  const tone = gateTones[verdict];
  if (!ratio || !(ratio.estimate > 0)) return [];
  return [
    {
      label: labelOf(row),
      estimate: ratio.estimate,
      low: ratio.low,
      high: ratio.high,
      verdict,
      tone: tone === 'good' || tone === 'bad' ? tone : 'neutral',
      allowed: allowance === null ? null : 1 + allowance,
    },
  ];
}

/** A figure's ratio round by round, beside the interval that decides and what is allowed. */
function roundsChart(row: MetricRow, result: GateResult): LineChart {
  const label = labelOf(row);
  const marks: Mark[] = [{ axis: 'y', at: 1, label: 'base', colour: null }];
  if (row.allowance !== null) {
    const text = `allowed ${allowanceText(row)}`;
    marks.push({ axis: 'y', at: 1 + row.allowance, label: text, colour: null });
  }
  if (row.ratio?.low != null) {
    const label = `from ${quantityText(row.ratio.low, 'ratio')}`;
    marks.push({ axis: 'y', at: row.ratio.low, label, colour: 0 });
  }
  if (row.ratio?.high != null) {
    const label = `to ${quantityText(row.ratio.high, 'ratio')}`;
    marks.push({ axis: 'y', at: row.ratio.high, label, colour: 0 });
  }
  return {
    kind: 'lines',
    id: `gate-rounds-${slug(label)}`,
    title: `${label}: ${row.verdict}`,
    summary: `${label} of head as a multiple of that of base in each round, the interval over rounds, and what is allowed.`,
    note: null,
    x: { label: 'round', quantity: 'count', scale: 'linear' },
    y: { label: 'head / base', quantity: 'ratio', scale: 'linear' },
    series: roundSeries(row, result),
    marks,
  };
}

/** Rounds of the looks, those that confirm a suspicion, and those that were left out. */
function roundSeries(row: MetricRow, { rounds, policy, judgement }: GateResult): Series[] {
  const key = keysOf(policy).find((candidate) => nameOf(candidate) === row.name);
  if (!key) return [];
  const confirming = new Set(judgement.looks.flatMap((look) => look.confirmation?.rounds ?? []));
  const dropped = new Set(judgement.dropped);
  const kinds: { name: string; has: (number: number) => boolean; note?: string }[] = [
    { name: 'rounds', has: (number) => !confirming.has(number) && !dropped.has(number) },
    { name: 'fresh rounds, to confirm', has: (n) => confirming.has(n) && !dropped.has(n) },
    { name: 'left out for noise', has: (n) => dropped.has(n), note: 'left out for noise' },
  ];
  return kinds
    .map(({ name, has, note }, colour) => ({
      name,
      colour,
      draw: 'dots' as const,
      points: rounds
        .filter(({ number }) => has(number))
        .flatMap((round): Point[] =>
          pairsOf([round], key).map(({ base, head }) => ({
            x: round.number,
            y: head / base,
            ...(note ? { note } : {}),
          })),
        ),
    }))
    .filter(({ points }) => points.length > 0);
}
