import {
  type Expectation,
  mentions,
  type RequestSpec,
  splitTemplate,
  type TemplatePart,
} from '../config/requests.js';
import { valueVersions } from '../config/schema.js';
import { type Dataset, keyName, missIndex, missKeyName, missKeys } from './dataset.js';

/** What is sent for one kind of request and what must come back, built before anything is timed. */
export interface Message {
  name: string;
  method: string;
  /** Whether it stores the key's value. */
  writes: boolean;
  /** Whether it may be sent once more on another connection. */
  repeatable: boolean;
  /** For keys that are stored. */
  stored: Exchange;
  /** For keys that are not; null where nobody has said what must be answered then. */
  missing: Exchange | null;
}

/** By key number and version of its value. */
export interface Exchange {
  path: Cells<string>;
  /** Names and values in turn, as undici takes them; null: none. */
  headers: Cells<string[]> | null;
  body: Cells<Buffer> | null;
  answer: Answer;
}

/** What a right answer is. */
export interface Answer {
  statuses: readonly number[];
  match: Expectation['match'];
  /** The whole body, what it must hold, or JSON text, by `match`. */
  text: Cells<Buffer>;
}

/** Renders a request for all keys of a dataset. */
export function createMessage(spec: RequestSpec, dataset: Dataset): Message {
  const keys: KeySource = {
    count: dataset.keyCount,
    name: keyName,
    index: (key) => key,
    value: (key, version) => dataset.value(key, version),
  };
  const missing: KeySource = {
    count: missKeys,
    name: missKeyName,
    index: missIndex,
    value: () => Buffer.alloc(0),
  };
  return {
    name: spec.name,
    method: spec.method,
    writes: spec.writes,
    repeatable: spec.repeatable,
    stored: exchangeOf(spec, spec.expect, keys),
    missing: spec.missing && exchangeOf(spec, spec.missing, missing),
  };
}

interface KeySource {
  count: number;
  name(key: number): string;
  index(key: number): number;
  value(key: number, version: number): Buffer;
}

function exchangeOf(
  { path, headers, body }: RequestSpec,
  { statuses, match, text }: Expectation,
  keys: KeySource,
): Exchange {
  // No header holds a line break.
  const lines = Object.entries(headers).flat().join('\n');
  return {
    path: cellsOf(path, keys, (rendered) => rendered),
    headers: lines === '' ? null : cellsOf(lines, keys, (rendered) => rendered.split('\n')),
    body: body === null ? null : bytesOf(body, keys),
    answer: { statuses, match, text: bytesOf(text, keys) },
  };
}

function bytesOf(template: string, keys: KeySource): Cells<Buffer> {
  // The values are there already, and need no second copy.
  if (template === '{value}') return new Cells(keys.count, valueVersions, keys.value);
  return cellsOf(template, keys, (rendered) => Buffer.from(rendered));
}

function cellsOf<T>(template: string, keys: KeySource, convert: (text: string) => T): Cells<T> {
  const parts = splitTemplate(template);
  const render = (key: number, version: number) =>
    convert(parts.map((part) => fillIn(part, key, version, keys)).join(''));
  if (parts.every((part) => typeof part === 'string')) return new Cells(0, 0, render);
  return new Cells(keys.count, mentions(template, 'value') ? valueVersions : 1, render);
}

/**
 * A template filled in for so many keys and versions of their values, as far as it depends on them:
 * on neither, on the key, or on both. All that is known beforehand is rendered at once; what is
 * added under load, when it is first asked for.
 */
class Cells<T> {
  readonly #rows: T[][];
  readonly #fixed: T | null;
  readonly #render: (key: number, version: number) => T;

  constructor(keys: number, versions: number, render: (key: number, version: number) => T) {
    this.#render = render;
    this.#fixed = versions === 0 ? render(0, 0) : null;
    this.#rows = Array.from({ length: versions }, (_, version) =>
      Array.from({ length: keys }, (_, key) => render(key, version)),
    );
  }

  /** Runs once a request: must not allocate for a key that was there from the start. */
  at(key: number, version: number): T {
    if (this.#fixed !== null) return this.#fixed;
    const row = this.#rows[this.#rows.length === 1 ? 0 : version] as T[];
    row[key] ??= this.#render(key, version);
    return row[key];
  }
}

function fillIn(part: TemplatePart, key: number, version: number, keys: KeySource): string {
  if (typeof part === 'string') return part;
  const text = textOf(part.name, key, version, keys);
  switch (part.encoding) {
    case 'base64':
      return Buffer.from(text, 'latin1').toString('base64');
    case 'url':
      return encodeURIComponent(text);
    case 'none':
      return text;
  }
}

function textOf(
  name: 'key' | 'value' | 'index',
  key: number,
  version: number,
  keys: KeySource,
): string {
  switch (name) {
    case 'key':
      return keys.name(key);
    case 'index':
      return String(keys.index(key));
    case 'value':
      // Letters, digits, - and _ alone.
      return keys.value(key, version).toString('latin1');
  }
}

/** Whether a whole body is what was expected; `exact` is compared while it comes in, too. */
export function isRight(match: Expectation['match'], expected: Buffer, body: Buffer): boolean {
  switch (match) {
    case 'any':
      return true;
    case 'exact':
      return expected.equals(body);
    case 'contains':
      return body.includes(expected);
    case 'json':
      return jsonHolds(JSON.parse(expected.toString()), parseJson(body));
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/**
 * Whether JSON holds what was expected: objects may have other properties besides, lists must be as
 * long, and all else equal.
 */
function jsonHolds(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(expected) !== Array.isArray(actual)) return false;
  if (Array.isArray(expected) && expected.length !== (actual as unknown[]).length) return false;
  return Object.entries(expected).every(
    ([name, value]) =>
      Object.hasOwn(actual, name) && jsonHolds(value, (actual as Record<string, unknown>)[name]),
  );
}
