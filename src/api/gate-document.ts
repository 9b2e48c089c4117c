import type { RunConfig } from '../config/schema.js';
import { readAccepted, withAccepted } from '../gate/accepted.js';
import { judge } from '../gate/judge.js';
import type { GatePolicy } from '../gate/policy.js';
import type { Arm } from '../gate/rounds.js';
import { type GateResult, gateSchemaVersion, type Uncompared } from '../gate/schema.js';
import { describeMachine } from '../observe/machine.js';
import type { Warning } from '../result/schema.js';
import type { BuiltArm } from './arms/build.js';
import type { Differences } from './arms/differences.js';
import type { Sides } from './arms/sources.js';
import type { Heading } from './session.js';

/** How many paths of differing files are recorded. */
const maxPaths = 100;

/** What is known of a gate besides what every result begins with, and what follows of all that. */
type GateFacts = Omit<GateResult, keyof Heading | 'gateSchemaVersion' | 'judgement'>;

/** The document of a gate as it grows. */
export class GateDocument {
  facts: GateFacts;
  /** About what is compared, whatever is measured of it. */
  readonly sideWarnings: readonly Warning[];

  constructor(
    target: string,
    sides: Sides,
    { config, policy: asked }: { config: RunConfig; policy: GatePolicy },
  ) {
    const today = new Date().toISOString().slice(0, 10);
    const { accepted, warnings } = readAccepted(sides.allowed, asked, today);
    this.sideWarnings = [...sides.warnings, ...warnings];
    this.facts = {
      target,
      base: described(sides.base),
      head: described(sides.head),
      differences: recorded(sides.differences),
      machine: describeMachine(),
      load: null,
      seed: config.seed,
      policy: withAccepted(asked, accepted),
      rounds: [],
      warnings: [...this.sideWarnings],
      ...(accepted.length > 0 && { accepted }),
    };
  }

  update(changes: Partial<GateFacts>): void {
    this.facts = { ...this.facts, ...changes };
  }

  /** Whether there are rounds to judge, or a reason why there will be none. */
  isWorthKeeping(): boolean {
    return this.facts.rounds.length > 0 || this.facts.failure !== undefined;
  }

  /** Judges what is known. */
  describe(heading: Heading): GateResult {
    const judgement = judge(this.facts);
    const isVoid = heading.state === 'failed' && this.facts.rounds.length === 0;
    return {
      gateSchemaVersion,
      ...heading,
      ...this.facts,
      judgement: isVoid ? { ...judgement, verdict: null } : judgement,
    };
  }

  /** Notes what has been built. */
  note(arms: Partial<Record<Arm, BuiltArm>>): void {
    const { base, head } = arms;
    this.update({ ...(base && { base: described(base) }), ...(head && { head: described(head) }) });
  }

  /** Leaves operations out that base can't be asked, and with them what the policy says of them. */
  leaveOut(uncompared: readonly Uncompared[]): void {
    const { policy } = this.facts;
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
