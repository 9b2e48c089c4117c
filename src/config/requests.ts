import * as z from 'zod';

/** What stands for something else in a template, besides which `|base64` and `|url` encode it. */
const placeholder = /\{(key|value|index)(?:\|(base64|url))?\}/g;
/** What looks like one: a word in braces, which is neither JSON nor a path. */
const lookalike = /\{\s*[a-z]\w*(?:\s*\|\s*\w*)?\s*\}/gi;

/** A template of a request: `{key}`, `{value}` and `{index}` (the key's number) are filled in. */
const templateSchema = z.string().superRefine(checkPlaceholders);

/** Any JSON; texts in it are templates. */
const jsonTemplateSchema = z
  .json()
  .superRefine((json, context) => checkPlaceholders(JSON.stringify(json), context));

function checkPlaceholders(text: string, context: z.RefinementCtx): void {
  const [unknown] = text.replace(placeholder, '').match(lookalike) ?? [];
  if (unknown === undefined) return;
  context.addIssue({
    code: 'custom',
    message: `holds the unknown placeholder ${unknown}`,
    params: {
      hint: 'There are {key}, {value} and {index}, and of each {key|base64} and {key|url}.',
    },
  });
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const statusSchema = z.int().min(200).max(599);
/** Headers that say how a message is framed: the client's business, which refuses them. */
const framingHeader = /^(content-length|transfer-encoding|keep-alive|upgrade|expect)$/i;
const headersSchema = z.record(
  z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not the name of a header')
    .refine((name) => !framingHeader.test(name), 'is a header that kvbench sets by itself'),
  templateSchema.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds what a header may not'),
);

const expectSchema = z
  .strictObject({
    status: z
      .union([statusSchema, z.array(statusSchema).min(1)])
      .optional()
      .describe('status of a right answer, or several of which any is right (default: 200)'),
    body: templateSchema.optional().describe('the whole body, byte for byte'),
    contains: templateSchema.optional().describe('what the body must hold somewhere'),
    json: jsonTemplateSchema
      .optional()
      .describe('what the body, read as JSON, must hold; other properties are ignored'),
  })
  .refine(
    ({ body, contains, json }) =>
      [body, contains, json].filter((way) => way !== undefined).length <= 1,
    'takes one of body, contains and json',
  );

/** One request as a config file describes it. */
const requestSchema = z.strictObject({
  method: z.enum(methods).optional().describe('default: GET'),
  path: templateSchema
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with /, and have no spaces: write them as %20')
    .describe('path and query, as /v1/keys/{key}'),
  headers: headersSchema.optional(),
  body: z
    .union([
      templateSchema,
      z.strictObject({ json: jsonTemplateSchema }),
      z.strictObject({ form: z.record(z.string(), templateSchema) }),
    ])
    .optional()
    .describe('text, or {"json": …}, or {"form": {…}}; the last two also set Content-Type'),
  expect: expectSchema.optional().describe('the right answer (default: status 200, any body)'),
  missing: expectSchema
    .optional()
    .describe('the right answer for a key that was never stored; needed for a hitRatio below 1'),
  idempotent: z
    .boolean()
    .optional()
    .describe(
      'whether it may be sent once more when its connection was closed before the answer (default: GET, HEAD and OPTIONS that store nothing)',
    ),
});

/** What targets, requests and scenarios can be called. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,31}$/,
    'must be a name of a-z, 0-9, - and _ that begins with a letter',
  );

/** Requests by name; an operation of a run is one of them, or a mix. */
export const requestsSchema = z
  .record(nameSchema, requestSchema)
  .refine((requests) => Object.keys(requests).length <= 16, 'has more than 16 requests');

export type RequestsFile = z.infer<typeof requestsSchema>;

/** How an answer's body is held against a text. */
const expectationSchema = z.strictObject({
  statuses: z.array(statusSchema),
  match: z.enum(['any', 'exact', 'contains', 'json']),
  text: z.string().describe('template'),
});

/** A request ready to be rendered: every text is a template. */
const requestSpecSchema = z.strictObject({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  /** Whether it stores `{value}` under `{key}`. */
  writes: z.boolean(),
  /** Whether it may be sent again where the connection was closed before a byte of the answer. */
  repeatable: z.boolean().default(false),
  expect: expectationSchema,
  missing: expectationSchema.nullable(),
});

/** All that is ever sent to a target, and what it must answer. */
export const requestSetSchema = z.strictObject({
  requests: z.array(requestSpecSchema),
  preload: z.string().nullable().describe('the request that stores every key; null: no store'),
  readBack: z.string().nullable().describe('the request that reads what was stored'),
});

export type Expectation = z.infer<typeof expectationSchema>;
export type RequestSpec = z.infer<typeof requestSpecSchema>;
export type RequestSet = z.infer<typeof requestSetSchema>;

const text = (statuses: number[], body: string): Expectation => ({
  statuses,
  match: 'exact',
  text: body,
});

/** The requests of the HTTP contract; see docs/contract.md. */
export const contractRequests: RequestSet = {
  requests: [
    {
      name: 'get',
      method: 'GET',
      path: '/{key}',
      headers: {},
      body: null,
      writes: false,
      repeatable: true,
      expect: text([200], '{value}'),
      missing: text([404], 'Key not found'),
    },
    {
      name: 'post',
      method: 'POST',
      path: '/',
      headers: {},
      body: '{key}={value}',
      writes: true,
      repeatable: false,
      expect: text([200], 'Key inserted'),
      missing: null,
    },
  ],
  preload: 'post',
  readBack: 'get',
};

/** The same, sent to a null target: it stores nothing, and answers every GET with so many `x`. */
export function nullRequests(valueBytes: number): RequestSet {
  const [get, post] = contractRequests.requests as [RequestSpec, RequestSpec];
  return {
    requests: [{ ...get, expect: text([200], 'x'.repeat(valueBytes)), missing: null }, post],
    preload: 'post',
    readBack: null,
  };
}

/**
 * A config file's requests, made ready. Without a name the first request that stores a `{value}`
 * preloads, and the first that expects one reads back; `problem` is given what is wrong with the
 * whole, and where.
 */
export function toRequestSet(
  requests: RequestsFile,
  roles: { preload?: string | undefined; readBack?: string | undefined },
  problem: (path: string[], message: string, hint: string) => never,
): RequestSet {
  const specs = Object.entries(requests).map(([name, request]) => toSpec(name, request));
  const names = specs.map((spec) => spec.name).join(', ');
  const named = (role: 'preload' | 'readBack', fits: (spec: RequestSpec) => boolean) => {
    const name = roles[role];
    if (name === undefined) return specs.find(fits);
    const found = specs.find((spec) => spec.name === name);
    if (!found) return problem([role], `names ${name}, and no request`, `There are: ${names}.`);
    if (fits(found)) return found;
    return role === 'preload'
      ? problem([role], `names ${name}, which stores nothing`, 'Put {value} into its body or path.')
      : problem([role], `names ${name}, which expects no {value}`, 'Put {value} into its expect.');
  };
  const writer = named('preload', ({ writes }) => writes);
  const reader = named('readBack', readsValue);
  if (reader && !writer) {
    problem(
      ['requests', reader.name, 'expect'],
      'waits for a {value}, but no request stores one',
      'Add a request with {value} in its body or path.',
    );
  }
  const unforeseeable = specs.find(({ missing }) => missing && mentions(missing.text, 'value'));
  if (unforeseeable) {
    problem(
      ['requests', unforeseeable.name, 'missing'],
      'waits for the {value} of a key that was never stored',
      'Say what the server answers instead, as "status": 404.',
    );
  }
  return { requests: specs, preload: writer?.name ?? null, readBack: reader?.name ?? null };
}

function readsValue({ writes, expect }: RequestSpec): boolean {
  return !writes && mentions(expect.text, 'value');
}

function toSpec(name: string, file: RequestsFile[string]): RequestSpec {
  const body = toBody(file.body);
  const { path, headers = {} } = file;
  const saysType = Object.keys(headers).some((header) => header.toLowerCase() === 'content-type');
  const writes = [path, body.text ?? ''].some((template) => mentions(template, 'value'));
  return {
    name,
    method: file.method ?? 'GET',
    path,
    headers: { ...(saysType ? {} : body.headers), ...headers },
    body: body.text,
    writes,
    repeatable: file.idempotent ?? (!writes && safeMethods.has(file.method ?? 'GET')),
    expect: toExpectation(file.expect ?? {}),
    missing: file.missing ? toExpectation(file.missing) : null,
  };
}

/** Methods that ask for nothing to be changed (RFC 9110, 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function toBody(body: RequestsFile[string]['body']) {
  if (body === undefined) return { text: null, headers: {} };
  if (typeof body === 'string') return { text: body, headers: {} };
  if ('json' in body) {
    return { text: JSON.stringify(body.json), headers: { 'content-type': 'application/json' } };
  }
  const fields = Object.entries(body.form).map(
    ([field, value]) => `${encodeURIComponent(field)}=${formEncoded(value)}`,
  );
  return {
    text: fields.join('&'),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
}

/** A template with its literal parts encoded, and what is filled in to be encoded then. */
function formEncoded(template: string): string {
  return splitTemplate(template)
    .map((part) =>
      typeof part === 'string'
        ? encodeURIComponent(part)
        : `{${part.name}|${part.encoding === 'base64' ? 'base64' : 'url'}}`,
    )
    .join('');
}

type ExpectFile = NonNullable<RequestsFile[string]['expect']>;

function toExpectation({ status = 200, body, contains, json }: ExpectFile): Expectation {
  const statuses = Array.isArray(status) ? status : [status];
  if (body !== undefined) return { statuses, match: 'exact', text: body };
  if (contains !== undefined) return { statuses, match: 'contains', text: contains };
  if (json !== undefined) return { statuses, match: 'json', text: JSON.stringify(json) };
  return { statuses, match: 'any', text: '' };
}

/** A piece of a template: literal text, or what stands for a key or its value. */
export type TemplatePart =
  | string
  | { name: 'key' | 'value' | 'index'; encoding: 'none' | 'base64' | 'url' };

/** A template as its parts, in order. */
export function splitTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(placeholder)) {
    const [whole, name, encoding = 'none'] = match;
    if (match.index > end) parts.push(template.slice(end, match.index));
    parts.push({ name, encoding } as TemplatePart);
    end = match.index + whole.length;
  }
  if (end < template.length) parts.push(template.slice(end));
  return parts;
}

/** Whether a template stands for something that has the value, or the key, in it. */
export function mentions(template: string, name: 'key' | 'value' | 'index'): boolean {
  return splitTemplate(template).some((part) => typeof part !== 'string' && part.name === name);
}
