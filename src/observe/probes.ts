import type * as z from 'zod';
import { noise } from './probes/noise.js';
import { processes } from './probes/processes.js';
import { runtime } from './probes/runtime.js';

/**
 * All that is observed beside a load, from the innermost to the outermost: the last is started first and
 * stopped last. Servers are asked about themselves there, so that the asking is in none of the figures.
 */
export const probes = [processes, noise, runtime];

type Each = (typeof probes)[number];
type Intersected<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type FieldsOf<Document extends 'trial' | 'series'> = Intersected<Each[Document]>;

/** The fields that all of them add to a trial, or to its time series. */
export function fieldsOf<Document extends 'trial' | 'series'>(
  document: Document,
): FieldsOf<Document> {
  return Object.assign({}, ...probes.map((probe) => probe[document]));
}

/** What all of them together tell of a trial. */
export type TrialFacts = z.infer<z.ZodObject<FieldsOf<'trial'>>>;
/** What all of them together tell of it from moment to moment. */
export type SeriesFacts = z.infer<z.ZodObject<FieldsOf<'series'>>>;
