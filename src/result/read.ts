import { resolve } from 'node:path';
import type * as z from 'zod';
import { describeIssues } from '../config/issues.js';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { openInput } from '../files.js';

/** Several times what the longest runs leave; what is larger would take more memory than there is. */
const maxBytes = 128 * 2 ** 20;
/** More objects, lists or texts than a document of that size has: each costs many times its bytes. */
const most = { parts: 4e6, quotes: 20e6 };
/** Within so many bytes a saved document has its version: they are its first keys. */
const headBytes = 64 * 2 ** 10;

/** How documents of a kind are known and read. */
export interface DocumentKind<T> {
  /** Of the command that saves it: `run`. */
  name: string;
  schema: z.ZodType<T>;
  /** Where a document has the version of its schema, and which this kvbench reads. */
  versionKey: string;
  version: number;
  /** Makes a document of an older version, before it is checked, one of this; null: it can't be read. */
  upgrade: (document: object, version: number) => object | null;
}

/** Reads a document; a usage error that names the file if it is none, or of another version. */
export async function readDocument<T>(path: string, kind: DocumentKind<T>): Promise<T> {
  return checkDocument(path, await readJson(path, [kind]), kind);
}

/**
 * Reads a document of any of the kinds, and tells which it is; a usage error that names the file if
 * it is of none.
 */
export async function readAnyDocument<Kind extends DocumentKind<unknown>>(
  path: string,
  kinds: readonly Kind[],
): Promise<{ kind: Kind; result: z.infer<Kind['schema']> }> {
  const json = await readJson(path, kinds);
  const kind = kinds.find(({ versionKey }) => hasVersion(json, versionKey));
  if (!kind) throw refusal(path, notOurs(kinds), savedHint(kinds));
  return { kind, result: checkDocument(path, json, kind) as z.infer<Kind['schema']> };
}

/** JSON of a file, if it may be one of the kinds. */
async function readJson(path: string, kinds: readonly DocumentKind<unknown>[]): Promise<unknown> {
  const text = await readText(path, kinds);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // What the program writes begins with a brace and ends with one.
    const isCut = /^\s*\{/.test(text) && !/\}\s*$/.test(text);
    throw isCut
      ? refusal(
          path,
          'ends in the middle: it was cut off',
          'Copy it again, or measure again.',
          cause,
        )
      : refusal(path, `is not JSON: ${messageOf(cause)}`, savedHint(kinds), cause);
  }
}

function checkDocument<T>(path: string, json: unknown, kind: DocumentKind<T>): T {
  const document = ofThisVersion(path, json, kind);
  // First with the beginning of its lists: of millions of faults each would be told.
  const beginning = kind.schema.safeParse(beginningOf(document));
  const parsed = beginning.success ? kind.schema.safeParse(document) : beginning;
  if (parsed.success) return parsed.data;
  const problem = describeIssues(kind.schema, document, parsed.error.issues);
  const place = problem.path.join('.') || 'its root';
  throw refusal(path, `is damaged: ${place} ${problem.message}`, 'Measure again.');
}

/** The document with the first items of its lists alone. */
function beginningOf(document: unknown): unknown {
  const entries = Object.entries(document as object);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Array.isArray(value) ? value.slice(0, 2) : value]),
  );
}

function refusal(path: string, problem: string, hint: string, cause?: unknown): KvbenchError {
  return new KvbenchError('usage', `${resolve(path)} ${problem}.`, hint, { cause });
}

function savedHint(kinds: readonly DocumentKind<unknown>[]): string {
  return `Give a file that ${savers(kinds)} has saved, or that its --out names.`;
}

function notOurs(kinds: readonly DocumentKind<unknown>[]): string {
  return `is JSON, but no result of ${savers(kinds)}`;
}

/** The commands that save documents of these kinds, in words: `kvbench run`. */
export function savers(kinds: readonly Pick<DocumentKind<unknown>, 'name'>[]): string {
  return kinds.map(({ name }) => `\`kvbench ${name}\``).join(' or ');
}

/** The whole file as text; refused at its beginning if it is large and can be no document. */
async function readText(path: string, kinds: readonly DocumentKind<unknown>[]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Not by its size alone: devices and pipes have none.
    for await (const chunk of await openInput(path)) {
      const bytes = chunk as Buffer;
      if (size === 0) checkHead(path, bytes.subarray(0, headBytes).toString('latin1'), kinds);
      size += bytes.length;
      if (size > maxBytes) {
        const limit = `is larger than ${maxBytes / 2 ** 20} MiB`;
        throw refusal(path, limit, 'No result of kvbench is: is it another file?');
      }
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof KvbenchError) throw error;
    const known: Record<string, string> = { ENOENT: 'does not exist', EISDIR: 'is a directory' };
    const why = known[codeOf(error) ?? ''] ?? `can't be read: ${messageOf(error)}`;
    throw refusal(path, why, savedHint(kinds), error);
  }
  if (size === 0) throw refusal(path, 'is empty', savedHint(kinds));
  if (size > headBytes) checkDensity(path, chunks);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

/** Tells apart what never was one of our documents, before much of it is read. */
function checkHead(path: string, head: string, kinds: readonly DocumentKind<unknown>[]): void {
  if (head.includes('\0')) throw refusal(path, 'is not JSON: it is binary', savedHint(kinds));
  if (head.length < headBytes) return;
  if (!kinds.some(({ versionKey }) => head.includes(`"${versionKey}"`))) {
    const isJson = /^\s*[[{]/.test(head);
    throw refusal(path, isJson ? notOurs(kinds) : 'is not JSON', savedHint(kinds));
  }
}

/** Refuses what would take all memory as JSON, which nothing could tell any more. */
function checkDensity(path: string, chunks: readonly Buffer[]): void {
  const [brace, bracket, quote] = ['{', '[', '"'].map((char) => char.charCodeAt(0));
  let [parts, quotes] = [0, 0];
  for (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte === brace || byte === bracket) parts++;
      else if (byte === quote) quotes++;
    }
  }
  if (parts > most.parts || quotes > most.quotes) {
    const hint = 'No result of kvbench has so many: is it another file?';
    throw refusal(
      path,
      `has too many parts: ${parts} objects and lists, ${quotes / 2} texts`,
      hint,
    );
  }
}

function hasVersion(document: unknown, versionKey: string): boolean {
  const { [versionKey]: version, kvbenchVersion } = (document ?? {}) as Record<string, unknown>;
  return typeof version === 'number' && typeof kvbenchVersion === 'string';
}

function ofThisVersion(path: string, document: unknown, kind: DocumentKind<unknown>): object {
  const { versionKey, version: own } = kind;
  if (!hasVersion(document, versionKey)) throw refusal(path, notOurs([kind]), savedHint([kind]));
  const { [versionKey]: version, kvbenchVersion } = document as Record<string, unknown>;
  if (version === own) return document as object;
  const upgraded = kind.upgrade(document as object, Number(version));
  if (upgraded) return upgraded;
  const by = `was saved by kvbench ${kvbenchVersion} with version ${version} of the schema, and this one reads ${own}`;
  const hint = 'Measure again, or use that version of kvbench.';
  throw refusal(path, by, Number(version) > own ? 'Update kvbench.' : hint);
}
