import type { ResultKind } from '../report/kinds/kind.js';
import type { BundledTarget } from '../targets/bundled.js';
import type { Io } from './io.js';

/** What a command is given besides its flags. */
export interface CommandContext {
  io: Io;
  /** For a command that ends well, but not with 0. */
  setExitCode: (code: number) => void;
  /** The kinds of saved results (default: those that kvbench saves, read by the commands that need them). */
  kinds?: readonly ResultKind[] | undefined;
  /** The servers that come along (default: rust and go). */
  bundled?: readonly BundledTarget[] | undefined;
}
