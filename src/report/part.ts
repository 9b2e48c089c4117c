import type { Warning } from '../result/schema.js';
import type { FigureTable } from './figures.js';
import type { Provenance } from './provenance.js';
import type { Tone } from './tone.js';

/** Something that is said first, and how it is coloured; null: as text. */
export interface Sentence {
  text: string;
  tone: Tone | null;
}

/** What is found in one document. */
export interface Findings {
  /** What was asked for, in a line or two. */
  facts: readonly string[];
  sentences: readonly Sentence[];
  /** What failed and what was kept; in words, the outcome first. */
  thresholds: readonly Sentence[];
  tables: readonly FigureTable[];
}

/** One document of a report. */
export interface Part extends Findings {
  heading: string;
  warnings: readonly Warning[];
  provenance: Provenance;
}
