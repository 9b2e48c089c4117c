import type { RunConfig } from '../config/schema.js';
import { decide } from '../gate/decide.js';
import { toGateRounds } from '../gate/from-trials.js';
import { isIdentical } from '../gate/judge.js';
import type { GatePolicy } from '../gate/policy.js';
import type { Arm } from '../gate/rounds.js';
import type { GateResult } from '../gate/schema.js';
import { gateWarnings } from '../gate/warnings.js';
import { createPlan } from '../plan/plan.js';
import { deriveSeed } from '../random.js';
import type { Measured } from '../run/context.js';
import { executePlan } from '../run/run.js';
import { withWorkDir } from '../targets/cache.js';
import { isFailure, withAbsent } from './arms/absent.js';
import { type BuiltArm, buildArm, buildArms, isFailureOf } from './arms/build.js';
import { examineBase, examineHead } from './arms/examine.js';
import type { GateSubject } from './arms/side.js';
import { findSides, type GateSource, type Sides } from './arms/sources.js';
import { GateDocument } from './gate-document.js';
import { type Fitting, fitted } from './gate-fitting.js';
import { runDependencies } from './load.js';
import { openSession } from './session.js';
import { type Setup, setUp, type Workbench } from './setup.js';
import { type Stopwatch, stopwatch } from './stopwatch.js';

export interface GateOptions extends Omit<Workbench, 'targets'> {
  subject: GateSubject;
  source: GateSource;
  policy: GatePolicy;
  /** The load; what the policy decides of it (operations, interleaving, rounds) is put in. */
  config: RunConfig;
  fitting: Fitting;
  /** Measures identical builds too. */
  force: boolean;
  /** After so long, builds included, no further round is begun, whatever was to be proven; null: never. */
  maxWaitMs: number | null;
  /** Where the result is written after every round; null: nowhere. */
  out: string | null;
}

/**
 * Builds base and head, and measures rounds of both until the policy comes to a verdict. Emits the
 * result after every round; when it fails, the last one has what was measured until then. Whatever
 * ends it, all that it has started or written for a time is gone then.
 */
export async function gate(options: GateOptions): Promise<GateResult> {
  const { subject, source, out, cacheDir, signal, onEvent } = options;
  const waited = stopwatch(options.maxWaitMs);
  const onResult = (result: GateResult) => onEvent({ type: 'gate-result', result });
  const session = await openSession({ out, signal, onResult });
  const name = subject.kind === 'own' ? subject.spec.name : subject.target.name;
  return withWorkDir(cacheDir, 'gate', async (work) => {
    const sides = await findSides(subject, source, { ...options, work });
    const document = new GateDocument(name, sides, options);
    return session.measure(document, async (save) => {
      try {
        await run(document, sides, { ...options, waited, save });
      } catch (error) {
        signal.throwIfAborted();
        const told = await withAbsent(error, sides);
        if (isFailure(told)) document.update({ failure: told.message });
        throw told;
      }
    });
  });
}

/** What a gate is carried out with; `save` is called after every round. */
type RunOptions = GateOptions & { waited: Stopwatch; save: () => Promise<void> };

async function run(document: GateDocument, sides: Sides, options: RunOptions): Promise<void> {
  const { base, head } = await build(document, sides, options);
  document.note(base ? { base, head } : { head });
  if (!base) return measureNothing(document, head, options);
  if (isIdentical(document.facts) && !options.force) return;
  await measure(document, { base, head }, { ...options, sides });
}

/** Of the time of a round, by that of its load alone. */
const expectedOverhead = 1.4;

interface Arms {
  base: BuiltArm | null;
  head: BuiltArm;
}

/** Both builds; without base where it does not build and the policy lets that pass. */
async function build(document: GateDocument, sides: Sides, options: GateOptions): Promise<Arms> {
  try {
    return await buildArms(sides, options);
  } catch (error) {
    if (!isFailureOf('base', error) || options.policy.onBaseFailure !== 'warn') throw error;
    document.update({ baseFailure: error.message });
    return { base: null, head: await buildArm('head', sides.head, { ...options, force: false }) };
  }
}

/** Head alone, which must answer as described all the same. */
async function measureNothing(
  { facts }: GateDocument,
  head: BuiltArm,
  options: GateOptions,
): Promise<void> {
  const config = { ...options.config, targets: ['head'], rounds: 1, failOn: [] };
  const setup = await setUp(createPlan(config), config, { ...options, targets: [head.target] });
  await examineHead(config, setup, { ...options, label: facts.head.label });
}

async function measure(
  document: GateDocument,
  { base, head }: Record<Arm, BuiltArm>,
  options: RunOptions & { sides: Sides },
): Promise<void> {
  const { signal, onEvent, sides, waited } = options;
  const workbench = { ...options, targets: [base.target, head.target] };
  let config: RunConfig = {
    ...options.config,
    targets: ['base', 'head'],
    operations: options.policy.operations,
    measures: ['latency'],
    interleave: options.policy.interleave,
    rounds: options.policy.rounds,
    calibrate: false,
    failOn: [],
  };
  const setup = await setUp(createPlan(config), config, workbench);
  await examineHead(config, setup, { ...options, label: head.label });
  try {
    const about = { label: base.label, subject: sides.base.subject };
    document.leaveOut(await examineBase(config, setup, { ...options, ...about }));
  } catch (error) {
    if (!isFailure(error) || options.policy.onBaseFailure !== 'warn') throw error;
    document.update({ baseFailure: error.message });
  }
  const { policy, baseFailure, uncompared = [] } = document.facts;
  if (baseFailure !== undefined || uncompared.length === options.policy.operations.length) return;

  // How much starting, filling and warming add to the load itself is not known before the first round.
  const expectedMs = () => createPlan(config).roundMs * expectedOverhead;
  config = { ...config, operations: policy.operations };
  // What is found out before rounds is for nothing if there is no time for one.
  if (!waited.isTooLong(expectedMs())) config = await fitted(config, policy, setup, options);
  let roundMs = expectedMs();
  for (let batch = 1; ; batch++) {
    const { rounds } = document.facts;
    const decision = decide(rounds, policy);
    if (decision.next === 'stop') return;
    signal.throwIfAborted();
    if (waited.isTooLong(roundMs)) {
      document.update({ waitedMs: Math.round(waited.ms()) });
      return;
    }
    config = {
      ...config,
      operations: decision.operations,
      rounds: decision.rounds,
      seed: deriveSeed(options.config.seed, 4, batch),
    };
    onEvent({
      type: 'gate-rounds',
      measured: rounds.length,
      rounds: decision.rounds,
      suspects: decision.suspects,
      expectedMs: decision.rounds * roundMs,
    });
    const startMs = performance.now();
    const isTooLong = () => waited.isTooLong(meanMs());
    const meanMs = () =>
      (performance.now() - startMs) / Math.max(1, document.facts.rounds.length - rounds.length);
    await measureRounds(document, config, setup, { ...options, isTooLong });
    roundMs = meanMs();
  }
}

/** Measures the rounds of a config, whose rate has been found, after those that the document has. */
async function measureRounds(
  document: GateDocument,
  config: RunConfig,
  setup: Setup,
  options: RunOptions & { isTooLong: () => boolean },
): Promise<void> {
  const { signal, onEvent, isTooLong } = options;
  const { rounds: before, policy } = document.facts;
  const plan = createPlan(config);
  const ratePerSecond = Number(config.rate);
  const save = async ({ trials }: Measured) => {
    const fresh = toGateRounds(trials, {
      after: before.length,
      operations: config.operations,
      interleave: policy.interleave,
      firstStarted: (round) => plan.round(round).startOrder[0] as Arm,
    });
    const rounds = [...before, ...fresh];
    if (rounds.length === document.facts.rounds.length) return;
    const { connections, durationMs, keys, valueSize } = config;
    const { workers, engine } = setup.placement;
    document.update({
      rounds,
      load: {
        ratePerSecond,
        connections,
        durationMs,
        keys,
        valueSize,
        workers,
        engine,
        serverCpus: setup.serverCpusOf(plan.targets[0] ?? ''),
      },
      warnings: [
        ...document.sideWarnings,
        ...setup.warnings,
        ...gateWarnings(rounds, policy, { durationMs, ratePerSecond }),
      ],
    });
    await options.save();
  };
  onEvent({ type: 'plan', plan, config });
  const dependencies = runDependencies(setup, {
    workload: { keys: config.keys },
    onEvent,
    // Of a fault, or of the time: a look or a confirmation that is under way ends by its rounds.
    isEnough: () => decide(document.facts.rounds, policy).next === 'stop' || isTooLong(),
    save,
  });
  await executePlan(plan, config, dependencies, signal);
}
