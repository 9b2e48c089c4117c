import type { ChalkInstance } from 'chalk';

/** How a result becomes a text for a terminal. */
export interface TextOptions {
  chalk: ChalkInstance;
  /** Whether to draw plots, and for a terminal that has nothing but ASCII; without it there are none. */
  plot?: { ascii: boolean } | undefined;
  /** Columns of the terminal; without it, tables are as wide as they are, and all else fits 80. */
  width?: number | undefined;
}

/** How plots are drawn among it. */
export interface PlotContext extends Omit<TextOptions, 'plot'> {
  ascii: boolean;
}
