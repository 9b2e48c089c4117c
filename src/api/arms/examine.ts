import { checkAgainstRequests } from '../../config/check.js';
import { requestsOf } from '../../config/operations.js';
import type { RunConfig } from '../../config/schema.js';
import type { Examination } from '../../contract/check.js';
import { KvbenchError } from '../../errors.js';
import type { Uncompared } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { expectAgreement } from '../examine.js';
import { examineTarget } from '../examined.js';
import type { Setup, Workbench } from '../setup.js';
import type { GateSubject } from './side.js';

type Options = Pick<Workbench, 'signal' | 'onEvent'>;

/** Examines head, which must answer everything as it is described: throws a `target` error. */
export async function examineHead(
  config: RunConfig,
  setup: Setup,
  options: Options & { label: string },
): Promise<void> {
  const examination = await examineTarget('head', config, setup, options);
  expectAgreement(examination, `It is ${options.label}; see what the change does to its answers.`);
}

/**
 * Examines base, and gives the operations that it can't be asked, each with the reason: head may bring
 * or mend them. Throws a `target` error if it does not start, or does not keep the contract.
 */
export async function examineBase(
  config: RunConfig,
  setup: Setup,
  options: Options & { label: string; subject: GateSubject },
): Promise<Uncompared[]> {
  const examination = await examineTarget('base', config, setup, options);
  if (examination.by === 'contract') {
    const hint = `It is ${options.label}; from before the contract, perhaps: then name a later --base, or give --on-base-failure warn.`;
    expectAgreement(examination, hint);
    return [];
  }
  return config.operations.flatMap((operation) => {
    const reason =
      whyNotAsked(operation, config, options.subject) ??
      whyNotAnswered(operation, setup, examination);
    return reason === null ? [] : [{ operation, reason }];
  });
}

/** Where the config of a side has no such request, or one that the load can't send. */
function whyNotAsked(operation: string, config: RunConfig, subject: GateSubject): string | null {
  if (subject.kind === 'bundled') return null;
  const { spec } = subject;
  const known = new Set(spec.requests.requests.map(({ name }) => name));
  const unknown = requestsOf(operation).find(({ name }) => !known.has(name));
  if (unknown) {
    const what = unknown.name === operation ? 'it' : unknown.name;
    return `base has no request of the name of ${what}`;
  }
  try {
    const alone = { ...config, targets: [spec.name], operations: [operation] };
    checkAgainstRequests(alone, new Map([[spec.name, spec]]), (key, message) => {
      throw new KvbenchError('usage', `in base's config ${key} ${message}`, '');
    });
    return null;
  } catch (error) {
    if (!(error instanceof KvbenchError)) throw error;
    return error.message;
  }
}

/** Where a request that it is made of, or that stores and reads its keys, is answered otherwise. */
function whyNotAnswered(
  operation: string,
  { requestsFor }: Setup,
  { outcomes }: Examination,
): string | null {
  const { preload, readBack } = requestsFor('base');
  const parts = new Set([...requestsOf(operation).map(({ name }) => name), preload, readBack]);
  const asked = outcomes.filter(({ name }) => parts.has(name));
  const failed = asked.filter(({ ok }) => !ok);
  // What comes after a request without an answer was not tried.
  const untried = [...parts].filter((name) => name !== null && !asked.some((o) => o.name === name));
  if (failed.length > 0) {
    const names = [...new Set(failed.map(({ name }) => name))].join(', ');
    return `base does not answer ${names} as described`;
  }
  return untried.length > 0
    ? `${plural(untried.length, 'request')} of it got no answer from base`
    : null;
}
