import type { DocumentKind } from '../../result/read.js';
import type { Warning } from '../../result/schema.js';
import type { Chart } from '../charts/chart.js';
import type { FigureTable } from '../figures.js';
import type { Findings } from '../part.js';
import type { Provenance } from '../provenance.js';
import type { PlotContext, TextOptions } from '../text-options.js';

/** What every saved result has, of whatever kind. */
export interface SavedResult {
  kvbenchVersion: string;
  startedAt: string;
  warnings: Warning[];
}

/** All that is known of a kind of saved result: how it is read, told, repeated, exported and compared. */
export interface ResultKind<R extends SavedResult = SavedResult, Name extends string = string>
  extends DocumentKind<R> {
  name: Name;
  /** Of its published JSON Schema: the name of the file and the title, both without the version. */
  jsonSchema: { file: string; title: string };
  /** What was measured, as headings have it: `rust vs go`. */
  subject(result: R): string;
  /** What a report says of it; `isAlone`: there is no other of its kind beside it. */
  findings(result: R, isAlone: boolean): Findings;
  /** What a terminal shows of its charts; missing: nothing. */
  plots?(result: R, context: PlotContext): string;
  /** Its charts, but for those that it shares with others of its kind. */
  charts(result: R): readonly Chart[];
  /** What all results of the kind in a report show together, be it but one; missing: nothing. */
  together?(results: readonly R[]): { tables: readonly FigureTable[]; charts: readonly Chart[] };
  /** Where it comes from, and the command that measures it again. */
  provenance(result: R): Provenance;
  exports: Exports<R>;
  /** Two results side by side; missing: nothing may be said of two. */
  compare?(a: Named<R>, b: Named<R>, options: { rankAnyway: boolean }): SideBySide;
}

/** The forms that other tools read; a form that there is not, or not of this result, is a usage error. */
export interface Exports<R> {
  /** A row for each thing that was measured. */
  csv(result: R): string;
  /** A row for each interval of time. */
  series(result: R): string;
  hlog(result: R): string;
  openmetrics(result: R): string;
}

/** A result and the name of its file. */
export interface Named<R> {
  path: string;
  result: R;
}

/** A comparison, for programs and for people. */
interface SideBySide {
  data: object;
  text(options: Pick<TextOptions, 'chalk' | 'width'>): string;
}

/** A saved result that is known to be of its kind. */
export interface KnownDocument {
  kind: ResultKind;
  result: SavedResult;
}

/** A result together with its own kind. */
export function known<R extends SavedResult>(kind: ResultKind<R>, result: R): KnownDocument {
  return { kind, result };
}
