import type * as z from 'zod';
import type { Text } from './texts.js';

/** What settings are about, in the order in which a command takes their flags. */
export const parts = [
  'targets',
  'measures',
  'operations',
  'load',
  'trial',
  'rounds',
  'machine',
  'fails',
] as const;

export type Part = (typeof parts)[number];

/** How figures that belong to a setting are written where they are shown. */
interface Figures {
  count(value: number, noun: string): string;
  share(value: number): string;
}

/** All that is known of a setting of a run. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  /** What it may be, described for editors and for messages. */
  schema: S;
  /** With what stands behind it: `--hit-ratio <share>`. */
  flag: string;
  text: Text<z.infer<S>>;
  /** What the help says of the flag. */
  help: string;
  part: Part;
  /** Which figures it decides: of runs that differ in it those are not compared. None: no figure. */
  fingerprint?: 'all' | 'latency';
  /** What runs did before there was the setting: a document without it is given that. None: it always was. */
  before?: z.infer<S>;
  /** What the line about the load says of a value that is not the default. None: nothing. */
  told?(value: z.infer<S>, figures: Figures): string;
}

interface Row<S extends z.ZodType> extends Omit<Setting<S>, 'help'> {
  default: z.infer<S>;
  help: string | ((value: z.infer<S>) => string);
}

/** A row of the table; its help may tell the default. */
export function setting<S extends z.ZodType>(row: Row<S>): Setting<S> & { default: z.infer<S> } {
  const { help } = row;
  return { ...row, help: typeof help === 'string' ? help : help(row.default) };
}
