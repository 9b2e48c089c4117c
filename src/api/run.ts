import type { RunConfig } from '../config/schema.js';
import { withoutWorkers } from '../config/workers.js';
import type { Examination } from '../contract/check.js';
import { messageOf } from '../errors.js';
import { describeMachine } from '../observe/machine.js';
import { packageVersion } from '../package.js';
import { fillingMs, fittingKeys, quickFillMs } from '../plan/fill.js';
import { createPlan, isNullTarget, type Plan, targetOf } from '../plan/plan.js';
import { type RunResult, schemaVersion, type Warning } from '../result/schema.js';
import { checkWritable, saveResult } from '../result/store.js';
import type { Measured } from '../run/context.js';
import { probeFill } from '../run/probe-fill.js';
import { executePlan } from '../run/run.js';
import { compareTargets, isPrecise } from '../stats/compare.js';
import { summarize } from '../stats/summary.js';
import { parseThreshold, type ThresholdExpression } from '../stats/threshold-expression.js';
import { checkThresholds, evaluateThresholds } from '../stats/thresholds.js';
import { runWarnings } from '../stats/warnings.js';
import type { Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';
import { expectAgreement, startAndExamine } from './examine.js';
import { measureNodeClient, secondOpinion } from './node-client.js';
import { recordedTargets } from './recorded.js';
import { type Setup, setUp, type Workbench } from './setup.js';

export interface ExecuteOptions extends Workbench {
  /** Where the result is written after every stretch of load; null: nowhere. */
  out: string | null;
  /** Whether the servers are examined first; without that their figures may be those of errors. */
  examine: boolean;
  /** Whether fewer keys are stored where storing them would take long: nobody has asked for so many. */
  fitKeys?: boolean;
}

/**
 * What a run is going to do. Throws a usage error for a target that there is none of, and for
 * thresholds that no figure of the run can decide.
 */
export function planRun(config: RunConfig, targets: readonly Target[]) {
  // As they were given: `go#2` is our own name for a second `go`.
  for (const name of config.targets) findTarget(withoutWorkers(name), targets, 0);
  const plan = createPlan(config);
  const thresholds = config.failOn.map(parseThreshold);
  checkThresholds(thresholds, { ...config, targets: plan.targets });
  return { plan, thresholds };
}

/**
 * Builds, examines and loads, and gives the result. When it fails, the last `result` event has what
 * was measured until then. Whatever ends it, all that it has started has ended then.
 */
export async function execute(asked: RunConfig, options: ExecuteOptions): Promise<RunResult> {
  const { out, signal, onEvent } = options;
  const { plan, thresholds } = planRun(asked, options.targets);
  const startedAt = new Date();
  if (out !== null) await checkWritable(out);
  const setup = await setUp(plan, asked, options);
  const targets = recordedTargets(plan.targets, setup.targetFor);
  if (options.examine) {
    const stores = [...new Set(plan.targets.map(targetOf))].filter((name) => !isNullTarget(name));
    await examineTargets(stores, asked, setup, options, (name) =>
      setup.targetFor(name).contract
        ? 'docs/contract.md says what a server must answer; `kvbench check` shows this again.'
        : `Mend the requests of ${name} in the config file, or the server; \`kvbench check ${name}\` shows this again.`,
    );
  }

  const config = options.fitKeys ? await withFittingKeys(plan, asked, setup, options) : asked;
  const machine = describeMachine();
  let measured: Measured = { rate: null, trials: [] };
  let nodeClient: RunResult['nodeClient'] = null;
  const tell = async (state: RunResult['state']): Promise<RunResult> => {
    const about = { machine, startedAt, setup, targets, thresholds, nodeClient };
    const result = describe(measured, state, config, about);
    if (out !== null && result.trials.length > 0) await saveResult(out, result);
    onEvent({ type: 'result', result });
    return result;
  };
  onEvent({ type: 'plan', plan, config });
  try {
    await executePlan(
      plan,
      config,
      {
        ...setup,
        startGenerator: () => setup.startGenerator({ keys: config.keys }),
        now: () => new Date(),
        onEvent,
        isEnough: (trials) =>
          plan.automatic &&
          isPrecise(compareTargets({ config, trials: [...trials] }), config.precision),
        save: async (soFar) => {
          measured = soFar;
          await tell('running');
        },
      },
      signal,
    );
    // An engine that was asked for by its name is to send alone.
    const isAsked = config.engine === 'native';
    if (setup.placement.engine.name === 'native' && !isAsked && options.examine) {
      nodeClient = await measureNodeClient(config, setup, options).catch((error: unknown) => {
        signal.throwIfAborted();
        // All else is measured, and is no worse for it.
        setup.warnings.push(clientWarning(error));
        return null;
      });
    }
  } catch (error) {
    await tell(signal.aborted ? 'interrupted' : 'failed');
    throw error;
  }
  return tell('complete');
}

/** So many keys tell how long one takes, and are stored soon even by a slow server. */
const probeKeys = 300;

/** The config with as many keys as a quick run has time to store in each of its rounds, and says so. */
async function withFittingKeys(
  plan: Plan,
  config: RunConfig,
  setup: Setup,
  { signal, onEvent }: Pick<Workbench, 'signal' | 'onEvent'>,
): Promise<RunConfig> {
  const keys = Math.min(probeKeys, config.keys);
  const filled = plan.targets.filter((name) => setup.requestsFor(name).preload !== null);
  const dependencies = {
    ...setup,
    startGenerator: () => setup.startGenerator({ keys }, { warmUp: false }),
    now: () => new Date(),
    ...{ onEvent, isEnough: () => false, save: async () => {} },
  };
  const msPerKey = await probeFill(filled, { ...dependencies, config, keys }, signal);
  const rounds = plan.maxRounds;
  const fitting = fittingKeys(config, { rounds, msPerKey, budgetMs: quickFillMs });
  if (fitting === config.keys) return config;
  const seconds = Math.round(fillingMs(config.keys, rounds, msPerKey) / 1000);
  setup.warnings.push({
    code: 'fewer-keys',
    message: `Storing ${config.keys} keys in every round would take ${seconds} s in all, so ${fitting} are stored: a quick run is to be quick.`,
    advice: `Give --keys ${config.keys} to have as many all the same, or leave out --quick.`,
  });
  return { ...config, keys: fitting };
}

/** Starts each target once and examines it; throws a `target` error, with what to do, for the first that differs. */
export async function examineTargets(
  names: readonly string[],
  config: RunConfig,
  setup: Setup,
  options: Pick<Workbench, 'signal' | 'onEvent'>,
  mend: (name: string) => string,
): Promise<void> {
  for (const name of names) {
    expectAgreement(await examineTarget(name, config, setup, options), mend(name));
  }
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

function clientWarning(error: unknown): Warning {
  return {
    code: 'node-client',
    message: `What a Node client gets could not be measured: ${messageOf(error)}`,
    advice: 'Run with --engine undici to see it by itself.',
  };
}

interface About {
  machine: RunResult['machine'];
  startedAt: Date;
  setup: Setup;
  targets: RunResult['targets'];
  thresholds: readonly ThresholdExpression[];
  nodeClient: RunResult['nodeClient'];
}

function describe(
  { rate, trials: measured }: Measured,
  state: RunResult['state'],
  config: RunConfig,
  { machine, startedAt, setup, targets, thresholds, nodeClient }: About,
): RunResult {
  const trials = [...measured];
  const described: RunResult = {
    schemaVersion,
    kvbenchVersion: packageVersion,
    importedFrom: null,
    state,
    startedAt: startedAt.toISOString(),
    updatedAt: new Date().toISOString(),
    config,
    targets,
    machine,
    placement: setup.placement,
    artifacts: setup.artifacts,
    rate,
    trials,
    summary: summarize({ config, trials }),
    comparisons: compareTargets({ config, trials }),
    nodeClient,
    thresholds: [],
    warnings: [
      ...setup.warnings,
      ...runWarnings({ config, trials, engine: setup.placement.engine.name }),
      ...secondOpinion(trials, nodeClient),
    ],
  };
  return { ...described, thresholds: evaluateThresholds(thresholds, described) };
}
