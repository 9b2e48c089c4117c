import { checkContract, type VectorOutcome } from '../contract/check.js';
import { loadVectors } from '../contract/vectors.js';
import { KvbenchError } from '../errors.js';
import { reportContract } from '../report/contract.js';
import { plural } from '../report/text.js';
import type { RunningServer } from '../targets/server.js';
import { chalkFor, type Io } from './io.js';
import type { StatusLine } from './status.js';

/** Runs every vector against the server at that origin. */
export async function runVectors(origin: string, signal: AbortSignal): Promise<VectorOutcome[]> {
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
    { output: reportContract({ name, outcomes }, { chalk: chalkFor({ write() {} }, io.env) }) },
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
