import type { TargetSpec } from '../../config/target-spec.js';
import { packagePath } from '../../package.js';
import { type BundledTarget, bundledTarget } from '../../targets/bundled.js';

/** What is gated: a bundled target, or one of a config file. */
export type GateSubject =
  | { kind: 'bundled'; target: BundledTarget }
  | {
      kind: 'own';
      spec: TargetSpec;
      /** The file that describes it; null: none does. */
      configPath: string | null;
    };

/** One of the two states: the target with its sources, as that state describes it. */
export interface Side {
  subject: GateSubject;
  label: string;
  commit: string | null;
  /** Of the working tree: whether it is what its commit has. */
  clean?: boolean;
  /** What git calls the sources; null where git does not know them. */
  sourceHash: string | null;
  /** Stands for every file that a build can see, and where in them it begins. */
  sourceKey?: string;
  /** Whether it is a fresh checkout, to be set up. */
  isCheckout?: true;
  /** An executable in place of what would be built. */
  given?: string;
}

/** The same with its sources elsewhere. */
export function at(subject: GateSubject, dir: string): GateSubject {
  return subject.kind === 'own'
    ? { ...subject, spec: { ...subject.spec, dir } }
    : { kind: 'bundled', target: bundledTarget({ ...subject.target.recipe, sourceDir: dir }) };
}

/** Where the sources of a target are. */
export function directoryOf(subject: GateSubject): string {
  return subject.kind === 'own' ? subject.spec.dir : packagePath(subject.target.recipe.sourceDir);
}
