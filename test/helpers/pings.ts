import { z } from 'zod';
import { median } from '../../src/median.js';
import type { Chart } from '../../src/report/charts/chart.js';
import { csvText } from '../../src/report/export/csv-text.js';
import { openMetricsText } from '../../src/report/export/openmetrics-text.js';
import { refuses } from '../../src/report/export/refusal.js';
import type { FigureTable } from '../../src/report/figures.js';
import { formatNs } from '../../src/report/format.js';
import type { ResultKind } from '../../src/report/kinds/kind.js';
import { plain } from '../../src/report/part.js';
import { commandLine } from '../../src/report/provenance.js';
import { warningSchema } from '../../src/result/schema.js';

/** A kind of result that kvbench does not have: round trips to hosts, by themselves. */
const pingsSchema = z.strictObject({
  pingsSchemaVersion: z.literal(2),
  kvbenchVersion: z.string(),
  startedAt: z.iso.datetime(),
  hosts: z.array(z.strictObject({ name: z.string(), timesNs: z.array(z.number()) })),
  warnings: z.array(warningSchema),
});

type Pings = z.infer<typeof pingsSchema>;

const noHistograms = refuses('Pings have no histograms.', 'Use `kvbench export csv`.');

export const pingsKind: ResultKind<Pings, 'pings'> = {
  name: 'pings',
  schema: pingsSchema,
  versionKey: 'pingsSchemaVersion',
  version: 2,
  // The first version had no warnings.
  upgrade: (document, version) =>
    version === 1 ? { ...document, pingsSchemaVersion: 2, warnings: [] } : null,
  jsonSchema: { file: 'pings', title: 'kvbench pings result' },
  subject: ({ hosts }) => hosts.map(({ name }) => name).join(' vs '),
  findings: (result, isAlone) => ({
    load: 'one packet at a time',
    facts: [],
    sentences: result.hosts.map((host) => plain(`${host.name} is ${middleOf(host)} away.`)),
    tables: isAlone ? [tableOf([result])] : [],
  }),
  charts: (result) => [chartOf(result)],
  together: (results) => ({ tables: results.length > 1 ? [tableOf(results)] : [], charts: [] }),
  provenance: ({ hosts }) => ({
    facts: [['by', 'echo requests']],
    tables: [],
    command: commandLine('pings', ...hosts.map(({ name }) => name)),
    hints: [],
    lines: ['by echo requests'],
  }),
  exports: {
    csv: ({ hosts }) =>
      csvText(
        ['host', 'time_ns'],
        hosts.flatMap(({ name, timesNs }) => timesNs.map((timeNs) => [name, timeNs])),
      ),
    series: refuses('Pings have no time series.', 'Leave out --series.'),
    hlog: noHistograms,
    openmetrics: ({ hosts }) =>
      openMetricsText([
        {
          name: 'kvbench_ping_seconds',
          type: 'gauge',
          unit: 'seconds',
          help: 'Median round trip.',
          samples: hosts.map(({ name, timesNs }) => ({
            labels: { host: name },
            value: median(timesNs) / 1e9,
          })),
        },
      ]),
  },
  compare: (a, b) => {
    const [before, after] = [a, b].map(({ result }) => result.hosts.map(middleOf).join(', '));
    return { data: { before, after }, text: () => `${a.path} ${before}, ${b.path} ${after}\n` };
  },
};

function middleOf({ timesNs }: Pings['hosts'][number]): string {
  return formatNs(median(timesNs));
}

function tableOf(results: readonly Pings[]): FigureTable {
  return {
    title: 'Round trips',
    detail: 'medians',
    left: 1,
    note: null,
    head: ['host', 'time'],
    rows: results.flatMap(({ hosts }) => hosts.map((host) => [host.name, middleOf(host)])),
  };
}

function chartOf({ hosts }: Pings): Chart {
  return {
    kind: 'lines',
    id: 'pings',
    title: 'Ping by ping',
    summary: 'How long each took.',
    note: null,
    x: { label: 'ping', quantity: 'count', scale: 'linear' },
    y: { label: 'time', quantity: 'ns', scale: 'linear' },
    series: hosts.map(({ name, timesNs }, colour) => ({
      name,
      colour,
      draw: 'line',
      points: timesNs.map((y, x) => ({ x, y })),
    })),
    marks: [],
  };
}

/** As `kvbench pings` would have saved it. */
export function somePings(changes: Partial<Pings> = {}): Pings {
  return {
    pingsSchemaVersion: 2,
    kvbenchVersion: '0.0.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    hosts: [{ name: 'near', timesNs: [40_000, 50_000, 70_000] }],
    warnings: [],
    ...changes,
  };
}
