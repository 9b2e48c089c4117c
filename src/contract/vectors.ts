import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { packagePath } from '../package.js';

/** One character a byte. */
const latin1 = z.string().regex(/^[\0-\xff]*$/, 'characters above U+00FF are no bytes');

const part = z.union([
  latin1,
  z.strictObject({ repeat: latin1.min(1), times: z.int().positive().max(4_194_304) }),
]);

const byteString = z.union([latin1, z.array(part)]);

/** The client stops writing until the interim answer, or so many final answers, have come. */
const pause = z.strictObject({ await: z.union([z.literal('continue'), z.int().positive()]) });

const headerName = z.string().regex(/^[A-Za-z-]+$/);

const expectedAnswer = z.strictObject({
  status: z.int().min(200).max(599),
  body: byteString,
  /** An answer to HEAD: it has the headers that go with the body, but not the body. */
  head: z.literal(true).optional(),
  /** `100 Continue` comes first. */
  continue: z.literal(true).optional(),
  /** Headers beside Content-Length, Content-Type and Date. */
  headers: z.record(headerName, latin1).optional(),
  /** Headers that may be missing; those that are there must still be right. */
  optional: z.array(headerName).optional(),
});

const vector = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  about: z.string().min(1).max(120),
  /** What the store holds beforehand, by key. */
  given: z.record(latin1, byteString).optional(),
  send: z.union([latin1, z.array(z.union([part, pause]))]),
  /** Sends the request in segments of so many bytes. */
  segmentBytes: z.int().positive().optional(),
  expect: z.array(expectedAnswer).min(1),
  /** What becomes of the connection after the last answer; usable unless told. */
  connection: z.enum(['open', 'closed']).optional(),
});

const vectorFile = z
  .strictObject({ version: z.literal(1), vectors: z.array(vector).min(1).max(1296) })
  .check(({ value, issues }) => {
    const seen = new Set<string>();
    for (const [index, { name }] of value.vectors.entries()) {
      if (seen.has(name)) {
        const path = ['vectors', index, 'name'];
        issues.push({ code: 'custom', input: name, path, message: `${name} is there twice` });
      }
      seen.add(name);
    }
  });

/** One test vector: what a client sends, and what a server that keeps the contract answers. */
export type Vector = z.infer<typeof vector>;
export type ByteString = z.infer<typeof byteString>;
export type ExpectedAnswer = z.infer<typeof expectedAnswer>;

/** The vectors in a parsed `contract.json`; throws a ZodError if it is not one. */
export function parseVectors(json: unknown): Vector[] {
  return vectorFile.parse(json).vectors;
}

/** The vectors that kvbench ships. */
export function loadVectors(): Vector[] {
  return parseVectors(JSON.parse(readFileSync(packagePath('fixtures/contract.json'), 'utf8')));
}
