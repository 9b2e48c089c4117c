import type { Comparison, RunResult } from '../../result/schema.js';
import { betterOf, labelOf } from '../../stats/metrics.js';
import { shownComparisons } from '../comparison.js';
import type { ForestChart, ForestRow } from './chart.js';
import { dateText } from './quantity.js';
import { slug } from './sources.js';

/** Of more results only the newest have their ratios shown: their figures are in the trend. */
const mostResults = 3;

/** Ratios with their intervals, a chart for each pair of targets and each result. */
export function ratioCharts(results: readonly RunResult[]): ForestChart[] {
  const byDate = [...results].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return byDate.slice(-mostResults).flatMap((result) => {
    const shown = shownComparisons(result);
    const pairs = [...new Set(shown.map(pairOf))];
    const when = results.length === 1 ? '' : `, ${dateText(Date.parse(result.startedAt), 16)}`;
    return pairs.map((pair) => {
      const own = shown.filter((comparison) => pairOf(comparison) === pair);
      const [first] = own;
      const percent = Math.round((first?.ratio.confidence ?? 0) * 100);
      return {
        kind: 'forest' as const,
        id: `ratios-${slug(pair)}`,
        title: `${pair}: ratios${when}`,
        summary:
          `Each figure of ${first?.target} as a multiple of that of ${first?.reference}, with its ` +
          `${percent} % interval over rounds. An interval that holds 1 shows no difference, and is the same only if it is narrow.`,
        note: own.some(({ verdict }) => verdict === 'generator-limited')
          ? 'Throughputs that the load generator limited say nothing of the servers.'
          : null,
        axis: { label: pair, quantity: 'ratio' as const, scale: 'log' as const },
        rows: own.filter(({ ratio }) => ratio.estimate > 0).map(rowOf),
      };
    });
  });
}

function pairOf({ target, reference }: Comparison): string {
  return `${target} / ${reference}`;
}

const words: Record<Comparison['verdict'], string> = {
  higher: 'higher',
  lower: 'lower',
  same: 'the same',
  unclear: "can't be told",
  'too-few-rounds': 'too few rounds',
  'generator-limited': 'generator-limited',
};

function rowOf({ operation, metric, ratio, verdict }: Comparison): ForestRow {
  const { estimate, low, high } = ratio;
  return {
    label: `${operation} ${labelOf(metric)}`,
    ...{ estimate, low, high },
    verdict: words[verdict],
    tone: toneOf(verdict, betterOf(metric)),
    allowed: null,
  };
}

function toneOf(verdict: Comparison['verdict'], better: Comparison['verdict']): ForestRow['tone'] {
  if (verdict !== 'higher' && verdict !== 'lower') return 'neutral';
  return verdict === better ? 'good' : 'bad';
}
