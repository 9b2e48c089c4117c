import type { RunConfig } from '../config/schema.js';
import type { Examination } from '../contract/check.js';
import { allowedCpus, describeMachine } from '../observe/machine.js';
import { isNullTarget, type Plan, targetOf } from '../plan/plan.js';
import type { Artifact, Machine, Placement, RunResult } from '../result/schema.js';
import { sideBySide } from '../side-by-side.js';
import { expectAgreement, startAndExamine } from './examine.js';
import { recordedTargets } from './recorded.js';
import { type Setup, setUp, type Workbench } from './setup.js';

/** What is ready to be measured, and what every result says of it. */
export interface Examined {
  setup: Setup;
  surroundings: {
    targets: RunResult['targets'];
    machine: Machine;
    placement: Placement;
    artifacts: Artifact[];
  };
}

/**
 * Sets up what a plan needs, and examines each of its servers once, side by side, null targets aside: throws
 * a `target` error, with what to do, for the first that differs. Servers that are not examined may have
 * the figures of errors.
 */
export async function setUpExamined(
  plan: Plan,
  config: RunConfig,
  options: Workbench & { examine: boolean },
): Promise<Examined> {
  const setup = await setUp(plan, config, options);
  const targets = recordedTargets(plan.targets, setup.targetFor);
  if (options.examine) {
    const stores = plan.targets.filter((name) => !isNullTarget(name));
    const servers = [...new Set(stores.map(targetOf))];
    const examinations = await sideBySide(servers, examinedAtOnce(plan), (name) =>
      examineTarget(name, config, setup, options),
    );
    for (const [index, examination] of examinations.entries()) {
      expectAgreement(examination, howToMend(servers[index] as string, setup));
    }
  }
  const { placement, artifacts } = setup;
  return { setup, surroundings: { targets, machine: describeMachine(), placement, artifacts } };
}

/**
 * How many servers of a plan are examined at the same time. A CPU has enough of two, which wait for us as
 * well; and no more than the plan has up together.
 */
export function examinedAtOnce({ blockSize }: Plan): number {
  return Math.min(blockSize, Math.max(2, allowedCpus().length));
}

function howToMend(name: string, { targetFor }: Setup): string {
  return targetFor(name).contract
    ? 'docs/contract.md says what a server must answer; `kvbench check` shows this again.'
    : `Mend the requests of ${name} in the config file, or the server; \`kvbench check ${name}\` shows this again.`;
}

/** Starts a target once and examines it, and tells of both. */
export async function examineTarget(
  name: string,
  { valueSize }: RunConfig,
  { targetFor, startServer }: Setup,
  { signal, onEvent }: Pick<Workbench, 'signal' | 'onEvent'>,
): Promise<Examination> {
  onEvent({ type: 'check-start', target: name });
  const start = () => startServer(name);
  const examination = await startAndExamine(targetFor(name), start, { valueSize, signal });
  onEvent({ type: 'check-end', examination });
  return examination;
}
