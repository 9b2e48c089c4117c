import { Client, type Dispatcher } from 'undici';
import { maskedPath } from '../config/mask.js';
import type { RequestSet, RequestSpec } from '../config/requests.js';
import { showBytes, showDifference } from '../contract/bytes.js';
import type { VectorOutcome } from '../contract/check.js';
import type { Difference } from '../contract/compare.js';
import { codeOf, messageOf } from '../errors.js';
import { isBodyless, lengthMismatch } from './bodyless.js';
import { createDataset, type ValueSize } from './dataset.js';
import { createMessage, type Exchange, isRight } from './messages.js';

export interface RehearsalOptions {
  origin: string;
  requests: RequestSet;
  valueSize: ValueSize;
  timeoutMs: number;
  signal: AbortSignal;
}

const maxBodyBytes = 16 * 1024 * 1024;

/** One request that is tried: with which version of the value, or for a key that was never stored. */
interface Step {
  spec: RequestSpec;
  about: string;
  version: number;
  isMissing: boolean;
}

/**
 * Sends every kind of request once, with the checks of the load, and tells in plain words what is
 * answered otherwise. What is wrong in a config file shows here, before anything is timed. Whatever
 * the server does is a difference, and a request without an answer in time is the last: the others
 * would only take their time too. Rejects only with the signal's reason. It stores one key.
 */
export async function rehearse(options: RehearsalOptions): Promise<VectorOutcome[]> {
  const { origin, requests, valueSize, timeoutMs, signal } = options;
  const dataset = createDataset({ keyCount: 1, valueSize, seed: 1 });
  const client = new Client(origin, {
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBodyBytes,
  });
  const outcomes: VectorOutcome[] = [];
  try {
    for (const { spec, about, version, isMissing } of stepsOf(requests)) {
      signal.throwIfAborted();
      const { stored, missing } = createMessage(spec, dataset);
      const exchange = (isMissing ? missing : stored) as Exchange;
      const sent = `${spec.method} ${shownPath(spec, exchange, version)}`;
      const differences = await tryOut(client, spec, exchange, version, options);
      const named = { name: spec.name, about: `${sent} ${about}`.trimEnd() };
      outcomes.push(
        differences.length > 0 ? { ...named, ok: false, differences } : { ...named, ok: true },
      );
      if (differences.some(({ received }) => received === noAnswerIn(timeoutMs))) break;
    }
  } finally {
    await client.destroy();
  }
  return outcomes;
}

/** Store, everything else, what was never stored, and whether a second value replaces the first. */
function stepsOf({ requests, preload, readBack }: RequestSet): Step[] {
  const find = (name: string | null) => requests.find((spec) => spec.name === name);
  const writer = find(preload);
  const reader = find(readBack);
  const others = requests.filter((spec) => spec !== writer);
  const step = (spec: RequestSpec, about: string, version = 0, isMissing = false): Step => ({
    spec,
    about,
    version,
    isMissing,
  });
  return [
    ...(writer ? [step(writer, '(stores a key)')] : []),
    // A second writer must not hide what the first one stored from those that read it.
    ...others.filter(({ writes }) => !writes).map((spec) => step(spec, '')),
    ...others.flatMap((spec) =>
      spec.missing && !spec.writes ? [step(spec, '(a key that was never stored)', 0, true)] : [],
    ),
    ...others
      .filter(({ writes }) => writes)
      .flatMap((spec) => [
        step(spec, '(stores another value)', 2),
        ...(reader ? [step(reader, `(reads what ${spec.name} stored)`, 2)] : []),
      ]),
    ...(writer && reader
      ? [step(writer, '(replaces the value)', 1), step(reader, '(reads the new value)', 1)]
      : []),
  ];
}

/** The query as the config has it, without the values that may be secrets. */
function shownPath({ path }: RequestSpec, exchange: Exchange, version: number): string {
  const [sent = ''] = exchange.path.at(0, version).split('?');
  const query = maskedPath(path, () => '…')
    .split('?')
    .slice(1);
  return [sent, ...query].join('?');
}

async function tryOut(
  client: Client,
  spec: RequestSpec,
  { path, headers, body, answer }: Exchange,
  version: number,
  { timeoutMs, signal }: RehearsalOptions,
): Promise<Difference[]> {
  const statuses = answer.statuses.join(' or ');
  let received: { status: number; body: Buffer };
  try {
    const response = await client.request({
      method: spec.method as Dispatcher.HttpMethod,
      path: path.at(0, version),
      headers: headers === null ? null : headers.at(0, version),
      body: body === null ? null : body.at(0, version),
      signal,
    });
    const bytes = await bodyOf(response);
    received = { status: response.statusCode, body: bytes };
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error);
    const why = /TIMEOUT/.test(code ?? '')
      ? noAnswerIn(timeoutMs)
      : code
        ? `${messageOf(error)} (${code})`
        : messageOf(error);
    return [{ what: 'answer', expected: `status ${statuses}`, received: why }];
  }
  const { status, body: got } = received;
  if (!answer.statuses.includes(status)) {
    const withBody = got.length > 0 ? `, with the body ${showBytes(got)}` : '';
    return [{ what: 'status', expected: statuses, received: `${status}${withBody}` }];
  }
  const expected = answer.text.at(0, version);
  if (isRight(answer.match, expected, got)) return [];
  if (answer.match === 'exact') return [{ what: 'body', ...showDifference(expected, got) }];
  const what = answer.match === 'json' ? 'JSON in the body' : 'part of the body';
  return [{ what, expected: showBytes(expected), received: showBytes(got) }];
}

/** Of an answer that has none by its status, whatever length its headers give. */
async function bodyOf({ statusCode, body }: Dispatcher.ResponseData): Promise<Buffer> {
  try {
    return Buffer.from(await body.arrayBuffer());
  } catch (error) {
    if (isBodyless(statusCode) && codeOf(error) === lengthMismatch) return Buffer.alloc(0);
    throw error;
  }
}

function noAnswerIn(timeoutMs: number): string {
  return `no answer within ${timeoutMs / 1000} s`;
}
