import { plural } from '../plural.js';
import type { Chart } from './charts/chart.js';
import { finished } from './charts/sources.js';
import { dated, momentOf } from './dated.js';
import type { FigureTable } from './figures.js';
import type { KnownDocument } from './kinds/kind.js';
import type { Part } from './part.js';

/** A report before it has a medium: all texts are as they come, and not yet escaped. */
export interface Outline {
  title: string;
  parts: readonly Part[];
  /** Figures of several documents, lined up. */
  sharedTables: readonly FigureTable[];
  charts: readonly Chart[];
}

/** What a report of these documents says; those of a kind are lined up. */
export function outlineOf(documents: readonly KnownDocument[], title?: string): Outline {
  const shared = sharedOf(documents);
  const parts = documents.map((document) => partOf(document, documents));
  return {
    title: title ?? titleOf(parts),
    parts,
    sharedTables: shared.flatMap(({ tables }) => tables),
    charts: finished([
      ...shared.flatMap(({ charts }) => charts),
      ...documents.flatMap((document) => ownCharts(document, documents)),
    ]),
  };
}

/** What documents of each kind show together, by the names of kinds, in whatever order documents come. */
function sharedOf(documents: readonly KnownDocument[]) {
  const kinds = [...new Set(documents.map(({ kind }) => kind))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return kinds.flatMap((kind) => {
    const own = documents.filter((document) => document.kind === kind);
    return kind.together?.(own.map(({ result }) => result)) ?? [];
  });
}

/** The charts that no other document has a part in; of several of a kind they have a date. */
function ownCharts(document: KnownDocument, documents: readonly KnownDocument[]): readonly Chart[] {
  const { kind, result } = document;
  const charts = kind.charts(result);
  return isAlone(document, documents) ? charts : charts.map((chart) => dated(chart, result));
}

function isAlone({ kind }: KnownDocument, documents: readonly KnownDocument[]): boolean {
  return documents.filter((document) => document.kind === kind).length === 1;
}

function titleOf(parts: readonly Part[]): string {
  const [first] = parts;
  if (!first || parts.length > 1) return `kvbench: ${plural(parts.length, 'result')}`;
  return `kvbench ${first.title}`;
}

/** What is said of one document, among those of a report. */
export function partOf(
  document: KnownDocument,
  documents: readonly KnownDocument[] = [document],
): Part {
  const { kind, result } = document;
  const names = kind.subject(result);
  const title = `${kind.name}: ${names}`;
  return {
    title,
    heading: `${title}, ${momentOf(result)}`,
    warnings: result.warnings,
    provenance: kind.provenance(result),
    names,
    load: null,
    differences: [],
    thresholds: [],
    narrow: null,
    note: null,
    remarks: [],
    steps: [],
    ...kind.findings(result, isAlone(document, documents)),
  };
}
