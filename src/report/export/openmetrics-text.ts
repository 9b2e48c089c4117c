import { printable } from '../format.js';

/** A metric with all of its samples, as OpenMetrics has them. */
export interface MetricFamily {
  /** With its unit at the end, if there is one. */
  name: string;
  type: 'counter' | 'gauge' | 'summary';
  unit?: 'seconds' | 'bytes';
  /** One line. */
  help: string;
  samples: readonly Sample[];
}

export interface Sample {
  /** `_total` of a counter, `_count` and `_sum` of a summary. */
  suffix?: '_total' | '_count' | '_sum';
  labels: Readonly<Record<string, string>>;
  value: number;
}

/**
 * OpenMetrics text, version 1.0. There are no timestamps: neither the textfile collector of
 * node_exporter nor the Pushgateway takes them. Families without samples are left out.
 */
export function openMetricsText(families: readonly MetricFamily[]): string {
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, unit, help, samples }) => [
      `# TYPE ${name} ${type}`,
      ...(unit ? [`# UNIT ${name} ${unit}`] : []),
      `# HELP ${name} ${help}`,
      ...samples.map((sample) => sampleLine(name, sample)),
    ]);
  return [...lines, '# EOF', ''].join('\n');
}

function sampleLine(name: string, { suffix, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${suffix ?? ''}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value}`;
}

function escaped(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
