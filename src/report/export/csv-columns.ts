import * as z from 'zod';
import type { CsvValue } from './csv-text.js';

/** A column of a table of documents: its name, and what it holds of one. */
export interface Column<T> {
  name: string;
  read(value: T): CsvValue;
}

/** The part of a JSON Schema that matters here. */
interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: unknown;
  anyOf?: JsonSchema[];
  type?: string;
  items?: JsonSchema;
}

/**
 * A column for every figure that documents of a schema can have, named by the way to it:
 * `response_time_p99_ns`. From the schema rather than from the documents, so that all tables have
 * the same columns. Lists are left out; of free keys there is a column for each that occurs.
 */
export function columnsOf<T>(
  schema: z.ZodType<T>,
  documents: readonly T[],
  isLeftOut: (path: string) => boolean = () => false,
): Column<T>[] {
  const leaves = leavesOf(z.toJSONSchema(schema) as JsonSchema, [], documents);
  return leaves
    .map((path) => ({ name: path.map(snakeCase).join('_'), read: (value: T) => leaf(value, path) }))
    .filter(({ name }) => !isLeftOut(name));
}

type Path = readonly string[];

function leavesOf(schema: JsonSchema, path: Path, documents: readonly unknown[]): Path[] {
  const known = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  if (known.properties) {
    return Object.entries(known.properties).flatMap(([key, property]) =>
      leavesOf(property, [...path, key], documents),
    );
  }
  // Lists of words are one cell; those of numbers are series.
  if (known.type === 'array') return known.items?.type === 'string' ? [path] : [];
  if (known.type !== 'object') return [path];
  const keys = new Set(documents.flatMap((document) => Object.keys(at(document, path) ?? {})));
  return [...keys].sort().map((key) => [...path, key]);
}

function leaf(value: unknown, path: Path): CsvValue {
  const found = at(value, path);
  return Array.isArray(found) ? found.join(' ') : ((found as CsvValue | undefined) ?? null);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string, unknown> | null | undefined)?.[key],
    value,
  );
}

function snakeCase(key: string): string {
  return key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
