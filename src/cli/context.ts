import type { Io } from './io.js';

/** What a command is given besides its flags. */
export interface CommandContext {
  io: Io;
  /** For a command that ends well, but not with 0. */
  setExitCode: (code: number) => void;
}
