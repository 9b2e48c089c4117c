/**
 * Charts as plain data: made from results, and drawn by whoever knows a medium (SVG, a terminal, a
 * table). Figures are numbers in base units; only what draws them makes text of them.
 */

/** What the numbers along an axis are, and so how they are written. */
export type Quantity =
  | 'ns'
  | 'ms'
  | 'bytes'
  | 'count'
  | 'perSecond'
  | 'ratio'
  | 'share'
  | 'cpus'
  /** A fraction of all requests below 1, as 0.999, drawn by its distance from 1. */
  | 'quantile'
  /** Ms since the epoch. */
  | 'date';

export interface Axis {
  label: string;
  quantity: Quantity;
  scale: 'linear' | 'log' | 'quantile';
}

export interface Point {
  x: number;
  /** Null: nothing was measured here; a line is broken. */
  y: number | null;
  /** What else is to be said of it, as "generator-limited". */
  note?: string;
}

export interface Series {
  name: string;
  /** Which of a handful of colours: the same target has the same one in every chart. */
  colour: number;
  draw: 'line' | 'dots' | 'line-and-dots';
  points: readonly Point[];
}

/** A line across the chart, at a value of one axis: a knee, an allowance. */
export interface Mark {
  axis: 'x' | 'y';
  at: number;
  label: string;
  /** Of a series; null: of the chart as a whole. */
  colour: number | null;
}

interface AnyChart {
  /** Unique among the charts of a report, and fit for a file name. */
  id: string;
  title: string;
  /** What the chart shows, in a sentence, for whoever can't see it. */
  summary: string;
  /** What a reader must know of how it was measured; null: nothing. */
  note: string | null;
}

export interface LineChart extends AnyChart {
  kind: 'lines';
  x: Axis;
  y: Axis;
  series: readonly Series[];
  marks: readonly Mark[];
}

/** Ratios with their intervals, a row each, around a line at 1. */
export interface ForestChart extends AnyChart {
  kind: 'forest';
  axis: Axis;
  rows: readonly ForestRow[];
}

export interface ForestRow {
  label: string;
  estimate: number;
  /** Null: too few rounds for an interval. */
  low: number | null;
  high: number | null;
  /** In a word or two, as "lower". */
  verdict: string;
  /** How the verdict is coloured. */
  tone: 'good' | 'bad' | 'neutral';
  /** Up to which ratio nothing is said against it; null: there is no such limit. */
  allowed: number | null;
}

export type Chart = LineChart | ForestChart;
