import { Chalk } from 'chalk';
import { Client } from 'undici';
import { checkContract, type VectorOutcome } from '../contract/check.js';
import { loadVectors } from '../contract/vectors.js';
import { codeOf, KvbenchError } from '../errors.js';
import { reportContract } from '../report/contract.js';
import { plural } from '../report/text.js';
import type { RunningServer } from '../targets/target.js';
import type { Io } from './io.js';
import type { StatusLine } from './status.js';

const answerTimeoutMs = 5000;

/**
 * Runs every vector against the server at that origin. Throws a `target` error if nobody listens
 * there, or nobody answers: each vector by itself would only take its time to say so.
 */
export async function runVectors(origin: string, signal: AbortSignal): Promise<VectorOutcome[]> {
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

/** Starts a target and checks it; throws a `target` error that shows what differs. */
export async function proveContract(
  name: string,
  start: (name: string) => Promise<RunningServer>,
  io: Io,
  status: StatusLine,
): Promise<void> {
  const outcomes = await status.during(
    () => `checking that ${name} keeps the contract …`,
    () => startAndCheck(name, start, io.signal),
  );
  const failed = outcomes.filter((outcome) => !outcome.ok).length;
  if (failed === 0) {
    status.log(`${name} keeps the contract: ${plural(outcomes.length, 'vector')} pass`);
    return;
  }
  throw new KvbenchError(
    'target',
    `${name} does not keep the contract, so its speed says nothing: ${failed} of ${plural(outcomes.length, 'vector')} differ.`,
    'docs/contract.md says what a server must answer; `kvbench check` shows this again.',
    // Plain: an error's output is escaped whole, and our own colours would be too.
    { output: reportContract({ name, outcomes }, { chalk: new Chalk({ level: 0 }) }) },
  );
}

/** One server's outcomes, from start to stop. */
export async function startAndCheck(
  name: string,
  start: (name: string) => Promise<RunningServer>,
  signal: AbortSignal,
): Promise<VectorOutcome[]> {
  const server = await start(name);
  try {
    return await Promise.race([runVectors(server.origin, signal), server.died]);
  } finally {
    await server.stop();
  }
}
