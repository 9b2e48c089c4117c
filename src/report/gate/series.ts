import type { GateResult, MetricRow } from '../../gate/schema.js';
import { oneLine } from '../format.js';
import { reportJson } from '../json.js';
import { allowanceText, figureText, labelOf, ratioTexts } from './words.js';

/**
 * Bencher Metric Format: a benchmark an operation, a measure a figure of head in ns or bytes, and
 * beside it the ratio to base with the bounds of its interval.
 */
export function reportGateBencher(result: GateResult): string {
  const benchmarks: Record<string, Record<string, object>> = {};
  for (const row of result.judgement.metrics) {
    if (row.head === null) continue;
    const name = `${oneLine(result.target)}/${row.operation ?? 'server'}`;
    const measures = benchmarks[name] ?? {};
    benchmarks[name] = measures;
    measures[`${row.metric}-${row.unit}`] = { value: row.head };
    if (!row.ratio) continue;
    const { estimate, low, high } = row.ratio;
    measures[`${row.metric}-ratio`] = {
      value: estimate,
      ...(low !== null && { lower_value: low }),
      ...(high !== null && { upper_value: high }),
    };
  }
  return reportJson(benchmarks);
}

/** The input of github-action-benchmark's tool `customSmallerIsBetter`: figures of head. */
export function reportGateActionBenchmark(result: GateResult): string {
  return reportJson(
    result.judgement.metrics.flatMap((row) =>
      row.head === null
        ? []
        : [
            {
              name: `${oneLine(result.target)} ${labelOf(row)}`,
              unit: row.unit,
              value: row.head,
              extra: extraOf(row),
            },
          ],
    ),
  );
}

function extraOf(row: MetricRow): string {
  const { estimate, interval } = ratioTexts(row);
  const lines = [
    `base: ${figureText(row, 'base')}`,
    `ratio: ${estimate}${interval === '' ? '' : ` (${interval})`}`,
    ...(row.allowance === null ? [] : [`allowed: ${allowanceText(row)}`]),
    `verdict: ${row.verdict}`,
  ];
  return lines.join('\n');
}
