import type { Warning } from '../result/schema.js';
import type { FigureTable } from './figures.js';
import { capital } from './format.js';
import type { Provenance } from './provenance.js';
import type { Tone } from './tone.js';

/** Something that was found, in a sentence. */
export interface Sentence {
  /** What it comes down to, said before the text: `regression`; null: it is all in the text. */
  word: string | null;
  text: string;
  /** How the word is coloured, or what stands before a text without one; null: as text. */
  tone: Tone | null;
  /** Whether the tables show it as well, so that it is not said again below them. */
  isInFigures?: boolean;
}

/** What is found in one document; what may be missing is nothing then. */
export interface Findings {
  /** What was measured, where that says more than the subject; a heading of its own. */
  names?: string;
  /** What was sent to all of them; it goes on where the names end. */
  load?: string | null;
  /** In what those that are compared differ. */
  differences?: readonly string[];
  /** How it was measured, without full stops. */
  facts: readonly string[];
  sentences: readonly Sentence[];
  /** What failed and what was kept. */
  thresholds?: readonly Sentence[];
  tables: readonly FigureTable[];
  /** The tables for 80 columns, where those are too wide. */
  narrow?: readonly FigureTable[] | null;
  /** What is said of all tables, below them. */
  note?: string | null;
  /** What is said besides, after the figures. */
  remarks?: readonly string[];
  /** What a reader can do about it; between backticks stands what can be pasted. */
  steps?: readonly string[];
}

/** One document of a report. */
export interface Part extends Required<Findings> {
  /** `run: rust vs go`. */
  title: string;
  /** The same with the moment, which tells it from others. */
  heading: string;
  warnings: readonly Warning[];
  provenance: Provenance;
}

/** A sentence of which no word is the outcome. */
export function plain(text: string): Sentence {
  return { word: null, text, tone: null };
}

/** What was asked for, and how it was measured, in sentences; an operation begins as it is named. */
export function factSentences({ load, facts }: Pick<Part, 'load' | 'facts'>): string[] {
  return [...(load === null ? [] : [load]), ...facts.map(capital)].map((fact) => `${fact}.`);
}

/** A step as a medium has it, in which what stands between backticks is code. */
export function stepText(
  step: string,
  { text, code }: Record<'text' | 'code', (piece: string) => string>,
): string {
  const pieces = step.split('`');
  return pieces.map((piece, index) => (index % 2 === 1 ? code(piece) : text(piece))).join('');
}

/** A sentence as a text has it that knows no emphasis. */
export function whole({ word, text }: Sentence): string {
  return word === null ? text : `${word}: ${text}`;
}
