import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { decide } from '../gate/decide.js';
import { toGateRounds } from '../gate/from-trials.js';
import { isIdentical, judge } from '../gate/judge.js';
import type { GatePolicy } from '../gate/policy.js';
import type { Arm } from '../gate/rounds.js';
import { type GateResult, gateSchemaVersion } from '../gate/schema.js';
import { gateWarnings } from '../gate/warnings.js';
import { describeMachine } from '../observe/machine.js';
import { packageVersion } from '../package.js';
import { createPlan } from '../plan/plan.js';
import { deriveSeed } from '../random.js';
import { checkWritable, saveResult } from '../result/store.js';
import type { Measured } from '../run/context.js';
import { executePlan } from '../run/run.js';
import { withWorkDir } from '../targets/cache.js';
import { type BuiltArm, buildArms, type GateSource, type GateSubject } from './gate-arms.js';
import { examineTargets } from './run.js';
import { type Setup, setUp, type Workbench } from './setup.js';

export interface GateOptions extends Omit<Workbench, 'targets'> {
  subject: GateSubject;
  source: GateSource;
  policy: GatePolicy;
  /** The load; what the policy decides of it (operations, interleaving, rounds) is put in. */
  config: RunConfig;
  /** Measures identical builds too. */
  force: boolean;
  /** Where the result is written after every round; null: nowhere. */
  out: string | null;
}

/**
 * Builds base and head, and measures rounds of both until the policy comes to a verdict. Emits the
 * result after every round; when it fails, the last one has what was measured until then. Whatever
 * ends it, all that it has started or written for a time is gone then.
 */
export async function gate(options: GateOptions): Promise<GateResult> {
  const { subject, source, out, cacheDir } = options;
  if (out !== null) await checkWritable(out);
  const name = subject.kind === 'own' ? subject.spec.name : subject.target.name;
  return withWorkDir(cacheDir, 'gate', async (work) => {
    const arms = await buildArms(subject, source, { ...options, work }).catch(async (error) => {
      if (isFailure(error)) await new Session(name, unbuilt(source), options).fail(error);
      throw error;
    });
    const session = new Session(name, arms, options);
    if (isIdentical(session.result) && !options.force) return session.tell('complete');
    try {
      await measure(session, arms, options);
    } catch (error) {
      // An interrupted one without a round has nothing to tell besides the error.
      if (isFailure(error)) await session.fail(error);
      else if (session.result.rounds.length > 0)
        await session.tell(options.signal.aborted ? 'interrupted' : 'failed');
      throw error;
    }
    return session.tell('complete');
  });
}

/** Whether a build of either side, or its server, is why there is no verdict: reports are to say so. */
function isFailure(error: unknown): error is KvbenchError {
  return error instanceof KvbenchError && error.kind === 'target';
}

/** What is known of the two sides before there are builds. */
function unbuilt(source: GateSource): Record<Arm, DescribedArm> {
  const { base, head } =
    source.kind === 'ref' ? { base: source.ref, head: 'working tree' } : source;
  const arm = (label: string) => ({ label, commit: null, artifact: null, sourceHash: null });
  return { base: arm(base), head: arm(head) };
}

type DescribedArm = Pick<BuiltArm, 'label' | 'commit' | 'artifact' | 'sourceHash'>;

/** The document of a session as it grows. */
class Session {
  result: GateResult;
  readonly #options: GateOptions;

  constructor(target: string, arms: Record<Arm, DescribedArm>, options: GateOptions) {
    this.#options = options;
    const { policy, config } = options;
    const describe = ({ label, commit, artifact, sourceHash }: DescribedArm) => ({
      ...{ label, commit, artifact, sourceHash },
    });
    const now = new Date().toISOString();
    const session = {
      gateSchemaVersion,
      kvbenchVersion: packageVersion,
      state: 'running' as const,
      ...{ startedAt: now, updatedAt: now, target },
      base: describe(arms.base),
      head: describe(arms.head),
      machine: describeMachine(),
      load: null,
      ...{ seed: config.seed, policy, rounds: [], warnings: [] },
    } satisfies Omit<GateResult, 'judgement'>;
    this.result = { ...session, judgement: judge(session) };
  }

  update(changes: Partial<GateResult>): void {
    this.result = { ...this.result, ...changes, updatedAt: new Date().toISOString() };
  }

  /** Tells why there will be no verdict. */
  async fail({ message }: KvbenchError): Promise<void> {
    this.update({ failure: message });
    await this.tell('failed');
  }

  /** Saves the document and tells of it. */
  async tell(state: GateResult['state']): Promise<GateResult> {
    const judgement = judge(this.result);
    const isVoid = state === 'failed' && this.result.rounds.length === 0;
    this.update({ state, judgement: isVoid ? { ...judgement, verdict: null } : judgement });
    const { out, onEvent } = this.#options;
    if (out !== null) await saveResult(out, this.result);
    onEvent({ type: 'gate-result', result: this.result });
    return this.result;
  }
}

async function measure(
  session: Session,
  { base, head }: Record<Arm, BuiltArm>,
  options: GateOptions,
): Promise<void> {
  const { policy, signal, onEvent } = options;
  const workbench = { ...options, targets: [base.target, head.target] };
  let config: RunConfig = {
    ...options.config,
    targets: ['base', 'head'],
    operations: policy.operations,
    measures: ['latency'],
    interleave: policy.interleave,
    rounds: policy.rounds,
    calibrate: false,
    failOn: [],
  };
  const setup = await setUp(createPlan(config), config, workbench);
  const hints: Record<string, string> = {
    base: `It is ${base.label}; from before the contract, perhaps: then name a later --base.`,
    head: `It is ${head.label}; see what the change does to its answers.`,
  };
  await examineTargets(['base', 'head'], config, setup, options, (name) => hints[name] ?? '');

  for (let stretch = 1; ; stretch++) {
    const { rounds } = session.result;
    const decision = decide(rounds, policy);
    if (decision.next === 'stop') return;
    signal.throwIfAborted();
    config = {
      ...config,
      operations: decision.operations,
      rounds: decision.rounds,
      seed: deriveSeed(options.config.seed, 4, stretch),
    };
    onEvent({
      type: 'gate-stretch',
      measured: rounds.length,
      rounds: decision.rounds,
      suspects: decision.suspects,
    });
    const rate = await measureRounds(session, config, setup, options);
    // Found once, at the beginning: rounds of different rates are different rounds.
    config = { ...config, rate };
  }
}

/** Measures the rounds of a config after those that the session has; gives the rate of both. */
async function measureRounds(
  session: Session,
  config: RunConfig,
  setup: Setup,
  { policy, signal, onEvent }: GateOptions,
): Promise<number> {
  const before = session.result.rounds;
  const plan = createPlan(config);
  let ratePerSecond = Number(config.rate);
  const save = async ({ rate, trials }: Measured) => {
    ratePerSecond = rate?.ratePerSecond ?? ratePerSecond;
    const fresh = toGateRounds(trials, {
      after: before.length,
      operations: config.operations,
      interleave: policy.interleave,
      firstStarted: (round) => plan.round(round).startOrder[0] as Arm,
    });
    const rounds = [...before, ...fresh];
    if (rounds.length === session.result.rounds.length) return;
    const { connections, durationMs, keys, valueSize } = config;
    const { workers, engine } = setup.placement;
    session.update({
      rounds,
      load: { ratePerSecond, connections, durationMs, keys, valueSize, workers, engine },
      warnings: [...setup.warnings, ...gateWarnings(rounds, policy, { durationMs, ratePerSecond })],
    });
    await session.tell('running');
  };
  onEvent({ type: 'plan', plan, config });
  const dependencies = {
    ...setup,
    now: () => new Date(),
    onEvent,
    // Of a fault, or of the time: a look or a confirmation that is under way ends by its rounds.
    isEnough: () => decide(session.result.rounds, policy).next === 'stop',
    save,
  };
  await executePlan(plan, config, dependencies, signal);
  return ratePerSecond;
}
