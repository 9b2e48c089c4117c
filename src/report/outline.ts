import type { CostsResult } from '../costs/schema.js';
import type { GateResult } from '../gate/schema.js';
import { plural } from '../plural.js';
import type { RunResult, Warning } from '../result/schema.js';
import type { SweepResult } from '../sweep/schema.js';
import type { Chart } from './charts/chart.js';
import { collectorCharts } from './charts/costs.js';
import { gateCharts } from './charts/gate.js';
import { dateText } from './charts/quantity.js';
import { runCharts } from './charts/run.js';
import { finished } from './charts/sources.js';
import { sweepCharts } from './charts/sweep.js';
import {
  aloneSentences,
  comparisonFigures,
  comparisonSentences,
  unshownComparisons,
} from './comparison.js';
import { costSentences, costTables, describeCosts } from './costs-figures.js';
import type { SavedDocument } from './documents.js';
import {
  type FigureTable,
  latencyFigures,
  nodeClientFigures,
  type Tone,
  throughputFigures,
} from './figures.js';
import { gateFigures } from './gate/figures.js';
import { openSentences, verdictSentence } from './gate/sentence.js';
import { type Provenance, provenanceOf } from './provenance.js';
import {
  describeSweptLoad,
  kneeFigures,
  sweepFigures,
  sweepSentences,
  sweptTargets,
} from './sweep-figures.js';
import { describeLoadOf, describeRounds, targetNames } from './text.js';
import { thresholdSentence } from './thresholds.js';

/** Something that is said first, and how it is coloured; null: as text. */
export interface Sentence {
  text: string;
  tone: Tone | null;
}

/** One document of a report. */
export interface Part {
  heading: string;
  /** What was asked for, in a line or two. */
  facts: readonly string[];
  sentences: readonly Sentence[];
  /** What failed and what was kept; in words, the outcome first. */
  thresholds: readonly Sentence[];
  warnings: readonly Warning[];
  tables: readonly FigureTable[];
  provenance: Provenance;
}

/** A report before it has a medium: all texts are as they come, and not yet escaped. */
export interface Outline {
  title: string;
  parts: readonly Part[];
  /** Figures of several runs, lined up. */
  sharedTables: readonly FigureTable[];
  charts: readonly Chart[];
}

/** What a report of these documents says; runs are lined up by target and date. */
export function outlineOf(documents: readonly SavedDocument[], title?: string): Outline {
  const runs = documents.flatMap((document) => (document.kind === 'run' ? [document.result] : []));
  const tables = [latencyFigures(runs), throughputFigures(runs)].filter((table) => table !== null);
  const sweeps = documents.flatMap((document) =>
    document.kind === 'sweep' ? [document.result] : [],
  );
  const knees = sweeps.length > 1 ? kneeFigures(sweeps) : null;
  const isShared = runs.length > 1;
  return {
    title: title ?? titleOf(documents),
    parts: documents.map((document) => partOf(document, isShared ? null : tables)),
    sharedTables: [
      ...(isShared ? [...tables, ...runs.flatMap(datedComparisons)] : []),
      ...(knees ? [knees] : []),
    ],
    charts: finished([
      ...runCharts(runs),
      ...documents.flatMap((document) => {
        const charts = ownCharts(document);
        const isOne = documents.filter(({ kind }) => kind === document.kind).length === 1;
        return isOne ? charts : charts.map((chart) => dated(chart, document.result));
      }),
    ]),
  };
}

/** The charts that no other document has a part in. */
function ownCharts(document: SavedDocument): Chart[] {
  if (document.kind === 'gate') return gateCharts(document.result);
  if (document.kind === 'costs') return collectorCharts(document.result);
  return document.kind === 'sweep' ? sweepCharts(document.result) : [];
}

/** Of several documents of a kind each has the same charts and tables. */
function dated<T extends Chart | FigureTable>(item: T, result: SavedDocument['result']): T {
  return { ...item, title: `${item.title}, ${momentOf(result)}` };
}

function momentOf({ startedAt }: SavedDocument['result']): string {
  return `${dateText(Date.parse(startedAt), 16)} UTC`;
}

function titleOf(documents: readonly SavedDocument[]): string {
  const [first] = documents;
  if (!first || documents.length > 1) return `kvbench: ${plural(documents.length, 'result')}`;
  return `kvbench ${first.kind}: ${nameOf(first)}`;
}

function nameOf(document: SavedDocument): string {
  switch (document.kind) {
    case 'run':
      return targetNames(document.result);
    case 'gate':
      return `${document.result.target}, ${document.result.base.label} against ${document.result.head.label}`;
    case 'sweep':
      return sweptTargets(document.result);
    case 'costs':
      return document.result.targets.map(({ name }) => name).join(' vs ');
  }
}

function partOf(document: SavedDocument, tables: readonly FigureTable[] | null): Part {
  const { warnings } = document.result;
  const common = {
    heading: `${document.kind}: ${nameOf(document)}, ${momentOf(document.result)}`,
    warnings,
    provenance: provenanceOf(document),
  };
  switch (document.kind) {
    case 'run':
      return { ...common, ...runPart(document.result, tables) };
    case 'gate':
      return { ...common, ...gatePart(document.result) };
    case 'sweep':
      return { ...common, ...sweepPart(document.result) };
    case 'costs':
      return { ...common, ...costsPart(document.result) };
  }
}

type OwnPart = Pick<Part, 'facts' | 'sentences' | 'thresholds' | 'tables'>;

const tones = { kept: 'good', broken: 'bad', untrusted: 'warn' } as const;

/** Without tables: they are among those of all runs. */
function runPart(result: RunResult, tables: readonly FigureTable[] | null): OwnPart {
  return {
    facts: [`${describeLoadOf(result)}.`, `${describeRounds(result)}.`],
    sentences: runSentences(result),
    thresholds: result.thresholds.map((threshold) => ({
      text: `${threshold.outcome}: ${thresholdSentence(threshold)}`,
      tone: tones[threshold.outcome],
    })),
    tables: [
      ...(tables ?? []),
      ...[nodeClientFigures(result)].filter((table) => table !== null),
      ...(tables === null ? [] : comparisons(result)),
    ],
  };
}

function comparisons(result: RunResult): FigureTable[] {
  const note = unshownComparisons(result);
  return comparisonFigures(result).map((table, index, { length }) =>
    index === length - 1 ? { ...table, note } : table,
  );
}

function datedComparisons(result: RunResult): FigureTable[] {
  return comparisons(result).map((table) => dated(table, result));
}

/** What a run found: how targets compare, or how the only one fares. */
function runSentences(result: RunResult): Sentence[] {
  const compared = comparisonSentences(result);
  if (compared.length > 0) return compared.map((text) => ({ text, tone: null }));
  if (result.comparisons.length > 0) {
    const text = 'There are too few rounds for intervals, so nothing is said of who is faster.';
    return [{ text, tone: 'warn' }];
  }
  return aloneSentences(result).map((text) => ({ text, tone: null }));
}

const outcomeTones = {
  pass: 'good',
  regression: 'bad',
  untrusted: 'bad',
  inconclusive: 'warn',
} as const;

function gatePart(result: GateResult): OwnPart {
  const { verdict } = result.judgement;
  const figures = gateFigures(result);
  return {
    facts: [],
    sentences: [
      { text: verdictSentence(result), tone: verdict ? outcomeTones[verdict.outcome] : 'warn' },
      ...openSentences(result).map((text) => ({ text, tone: null })),
    ],
    thresholds: [],
    tables: figures ? [figures] : [],
  };
}

function costsPart(result: CostsResult): OwnPart {
  return {
    facts: [`${describeCosts(result)}.`],
    sentences: costSentences(result).map((text) => ({ text, tone: null })),
    thresholds: [],
    tables: costTables(result),
  };
}

function sweepPart(result: SweepResult): OwnPart {
  return {
    facts: [`${describeSweptLoad(result)}.`],
    sentences: sweepSentences(result).map((text) => ({ text, tone: null })),
    thresholds: [],
    tables: sweepFigures(result),
  };
}
