import type { RunConfig } from '../config/schema.js';
import { readAccepted, withAccepted } from '../gate/accepted.js';
import { judge } from '../gate/judge.js';
import type { GatePolicy } from '../gate/policy.js';
import type { Arm } from '../gate/rounds.js';
import { type GateResult, gateSchemaVersion, type Uncompared } from '../gate/schema.js';
import { describeMachine } from '../observe/machine.js';
import { packageVersion } from '../package.js';
import type { Warning } from '../result/schema.js';
import { saveResult } from '../result/store.js';
import type { BuiltArm } from './arms/build.js';
import type { Differences } from './arms/differences.js';
import type { Sides } from './arms/sources.js';
import type { OnEvent } from './events.js';

interface SessionOptions {
  policy: GatePolicy;
  config: RunConfig;
  out: string | null;
  onEvent: OnEvent;
}

/** How many paths of differing files are recorded. */
const maxPaths = 100;

/** The document of a gate as it grows, saved and told of. */
export class GateSession {
  result: GateResult;
  /** About what is compared, whatever is measured of it. */
  readonly sideWarnings: readonly Warning[];
  readonly #options: SessionOptions;

  constructor(target: string, sides: Sides, options: SessionOptions) {
    this.#options = options;
    const { config } = options;
    const now = new Date().toISOString();
    const { accepted, warnings } = readAccepted(sides.allowed, options.policy, now.slice(0, 10));
    const policy = withAccepted(options.policy, accepted);
    this.sideWarnings = [...sides.warnings, ...warnings];
    const session = {
      gateSchemaVersion,
      kvbenchVersion: packageVersion,
      state: 'running' as const,
      ...{ startedAt: now, updatedAt: now, target },
      base: described(sides.base),
      head: described(sides.head),
      differences: recorded(sides.differences),
      machine: describeMachine(),
      load: null,
      ...{ seed: config.seed, policy, rounds: [], warnings: [...this.sideWarnings] },
      ...(accepted.length > 0 && { accepted }),
    } satisfies Omit<GateResult, 'judgement'>;
    this.result = { ...session, judgement: judge(session) };
  }

  update(changes: Partial<GateResult>): void {
    this.result = { ...this.result, ...changes, updatedAt: new Date().toISOString() };
  }

  /** Notes what has been built. */
  describe(arms: Partial<Record<Arm, BuiltArm>>): void {
    const { base, head } = arms;
    this.update({ ...(base && { base: described(base) }), ...(head && { head: described(head) }) });
  }

  /** Leaves operations out that base can't be asked, and with them what the policy says of them. */
  leaveOut(uncompared: readonly Uncompared[]): void {
    const { policy } = this.result;
    const apart = new Set(uncompared.map(({ operation }) => operation));
    const operations = policy.operations.filter((operation) => !apart.has(operation));
    if (apart.size === 0) return;
    this.update({ uncompared: [...uncompared] });
    if (operations.length === 0) return;
    const allowances = Object.entries(policy.allowances).filter(
      ([name]) => ![...apart].some((operation) => name.startsWith(`${operation}.`)),
    );
    this.update({ policy: { ...policy, operations, allowances: Object.fromEntries(allowances) } });
  }

  /** Tells why there will be no verdict. */
  async fail(message: string): Promise<void> {
    this.update({ failure: message });
    await this.tell('failed');
  }

  /** Judges the document, saves it and tells of it. */
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

function described(
  arm: Pick<BuiltArm, 'label' | 'commit' | 'clean' | 'sourceHash'> & Partial<BuiltArm>,
): GateResult['base'] {
  const { label, commit, clean, sourceHash, artifact = null } = arm;
  return { label, commit, ...(clean !== undefined && { clean }), artifact, sourceHash };
}

function recorded({ settings, files }: Differences): NonNullable<GateResult['differences']> {
  const shown = files.slice(0, maxPaths);
  return { settings, files: shown, moreFiles: files.length - shown.length };
}
