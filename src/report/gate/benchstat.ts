import { gatePercentiles } from '../../gate/metrics.js';
import { type Arm, armSchema, type GateRound } from '../../gate/rounds.js';
import type { GateResult } from '../../gate/schema.js';
import { percentiles } from '../../result/percentile-table.js';
import { oneLine } from '../format.js';

/**
 * Go's benchmark format, a line a round, arm and operation, for `benchstat -col /arm FILE`. What
 * benchstat makes of them is another test than the gate's: it takes the arms for unpaired.
 */
export function reportGateBenchstat(result: GateResult): string {
  const { target, base, head, machine, rounds } = result;
  const config = {
    target,
    base: base.label,
    head: head.label,
    ...(machine && { cpu: machine.cpuModel }),
  };
  const lines = [
    ...Object.entries(config).map(([key, value]) => `${key}: ${oneLine(value)}`),
    ...rounds.flatMap((round) => armSchema.options.flatMap((arm) => linesOf(round, arm))),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(round: GateRound, arm: Arm): string[] {
  const { operations, rssPeakBytes } = round[arm];
  const ofOperations = Object.entries(operations).map(([operation, figures]) =>
    lineOf(operation, arm, figures.answered, {
      ...Object.fromEntries(
        gatePercentiles.map((field) => [`${percentiles[field].name}-ns/op`, figures[field]]),
      ),
      'tail-ns/op': figures.tailNs ?? null,
      'cpu-ns/op': figures.cpuPerRequestNs,
    }),
  );
  return [...ofOperations, lineOf('all', arm, 1, { 'rss-bytes': rssPeakBytes })].filter(
    (line) => line !== '',
  );
}

function lineOf(
  operation: string,
  arm: Arm,
  iterations: number,
  figures: Record<string, number | null>,
): string {
  const values = Object.entries(figures).flatMap(([unit, value]) =>
    value === null ? [] : [`${Number(value.toPrecision(9))} ${unit}`],
  );
  if (values.length === 0) return '';
  // Spaces end a name, and slashes divide it.
  const name = oneLine(operation).replace(/[\s/]/g, '_');
  return [`BenchmarkGate/op=${name}/arm=${arm}`, iterations, ...values].join('\t');
}
