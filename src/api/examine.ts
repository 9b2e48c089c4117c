import { Chalk } from 'chalk';
import { Client } from 'undici';
import { checkContract, type Examination, type VectorOutcome } from '../contract/check.js';
import { loadVectors } from '../contract/vectors.js';
import { codeOf, KvbenchError } from '../errors.js';
import type { ValueSize } from '../load/dataset.js';
import { rehearse } from '../load/rehearsal.js';
import { plural } from '../plural.js';
import { reportExamination } from '../report/examination.js';
import type { RunningServer, Target } from '../targets/target.js';

const answerTimeoutMs = 5000;

/**
 * Runs every vector against the server at that origin. Throws a `target` error if nobody listens
 * there, or nobody answers: each vector by itself would only take its time to say so.
 */
async function runVectors(origin: string, signal: AbortSignal): Promise<VectorOutcome[]> {
  await expectAnAnswer(origin, signal);
  const { hostname, port } = new URL(origin);
  const outcomes = await checkContract({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 80),
    vectors: loadVectors(),
    signal,
  });
  signal.throwIfAborted();
  return outcomes;
}

/** Whatever is answered, be it no HTTP at all, is for the vectors to judge. */
async function expectAnAnswer(origin: string, signal: AbortSignal): Promise<void> {
  const client = new Client(origin, {
    connectTimeout: answerTimeoutMs,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
  try {
    const { body } = await client.request({ path: '/', method: 'GET', signal });
    await body.dump();
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error) ?? '';
    if (code === 'ECONNREFUSED') {
      throw new KvbenchError(
        'target',
        `No server listens at ${origin}.`,
        'Start it first, or check the port.',
        { cause: error },
      );
    }
    if (/TIMEOUT/.test(code)) {
      throw new KvbenchError(
        'target',
        `The server at ${origin} takes connections, but did not answer within ${answerTimeoutMs / 1000} s.`,
        'Look at what it is doing; a request to / must be answered at once.',
        { cause: error },
      );
    }
  } finally {
    await client.destroy();
  }
}

type Examined = Pick<Target, 'name' | 'contract' | 'requests' | 'requestPlace'>;

/** Puts the questions to a server that runs: the contract's if it keeps that, else its own requests. */
export async function examine(
  { name, contract, requests, requestPlace }: Examined,
  origin: string,
  options: { valueSize: ValueSize; signal: AbortSignal },
): Promise<Examination> {
  if (contract) {
    return { name, by: 'contract', outcomes: await runVectors(origin, options.signal) };
  }
  const rehearsal = { origin, requests, timeoutMs: answerTimeoutMs, ...options };
  const outcomes = await rehearse(rehearsal);
  return {
    name,
    by: 'requests',
    outcomes: outcomes.map((outcome) => ({
      ...outcome,
      ...(requestPlace && { place: requestPlace(outcome.name) }),
    })),
  };
}

/** The same from the server's start to its stop. */
export async function startAndExamine(
  target: Examined,
  start: () => Promise<RunningServer>,
  options: { valueSize: ValueSize; signal: AbortSignal },
): Promise<Examination> {
  const server = await start();
  // One of its own: all that is asked listens to it, and of several servers that were many for one.
  const signal = AbortSignal.any([options.signal]);
  try {
    const examined = examine(target, server.origin, { ...options, signal });
    return await Promise.race([examined, server.died]);
  } finally {
    await server.stop();
  }
}

/** Throws a `target` error that shows what differs, if anything does. */
export function expectAgreement(examination: Examination, mend: string): void {
  const { name, by, outcomes } = examination;
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length === 0) return;
  // Plain: an error's output is escaped whole, and our own colours would be too.
  const output = reportExamination(examination, { chalk: new Chalk({ level: 0 }) });
  const place = failed[0]?.place ? ` (${failed[0].place})` : '';
  const asked = plural(outcomes.length, by === 'contract' ? 'vector' : 'request');
  const differ = `${failed.length} of ${asked} ${failed.length === 1 ? 'differs' : 'differ'}`;
  throw new KvbenchError(
    'target',
    by === 'contract'
      ? `${name} does not keep the contract, so its speed says nothing: ${differ}.`
      : `${name} does not answer as described${place}, so its speed says nothing: ${differ}.`,
    mend,
    { output },
  );
}
