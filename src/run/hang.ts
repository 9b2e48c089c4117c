import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';

/**
 * The error for a server that was stopped, or waits for itself: every further request would cost a
 * time-out. `when` is a few words on what it was asked.
 */
export function noLongerAnswers(
  target: string,
  when: string,
  { timeoutMs }: Pick<RunConfig, 'timeoutMs'>,
): KvbenchError {
  return new KvbenchError(
    'target',
    `${target} has stopped answering: nothing came back on any connection for longer than ${timeoutMs / 1000} s, in ${when}.`,
    'It was stopped, or waits for itself (a deadlock): look at its threads. Allow more with --timeout.',
  );
}
