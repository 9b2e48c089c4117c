import type { Warning } from '../result/schema.js';
import type { FigureTable } from './figures.js';
import type { Provenance } from './provenance.js';
import type { Tone } from './tone.js';

/** Something that was found, in a sentence. */
export interface Sentence {
  /** What it comes down to, said before the text: `regression`; null: it is all in the text. */
  word: string | null;
  text: string;
  /** How the word is coloured, or what stands before a text without one; null: as text. */
  tone: Tone | null;
}

/** What is found in one document; what may be missing is nothing then. */
export interface Findings {
  /** What was asked for, in a line or two. */
  facts: readonly string[];
  /** In what those that are compared differ. */
  differences?: string | null;
  sentences: readonly Sentence[];
  /** What failed and what was kept. */
  thresholds?: readonly Sentence[];
  tables: readonly FigureTable[];
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

/** A sentence as a text has it that knows no emphasis. */
export function whole({ word, text }: Sentence): string {
  return word === null ? text : `${word}: ${text}`;
}
