/** Process exit codes; see the table in docs/commands.md. */
export const exitCode = {
  ok: 0,
  regression: 1,
  usage: 2,
  target: 3,
  untrusted: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * An error that we expect: a sentence on what happened, one on how to mend it, and the exit code
 * that goes with it. Every other error is a bug and keeps its stack.
 */
export class KvbenchError extends Error {
  override readonly name = 'KvbenchError';
  readonly kind: Exclude<keyof typeof exitCode, 'ok'>;
  readonly exitCode: number;
  readonly hint: string;
  /** Output of a failed child process, shown whole below the sentence. */
  readonly output: string | undefined;

  constructor(
    kind: Exclude<keyof typeof exitCode, 'ok'>,
    message: string,
    hint: string,
    options: {
      cause?: unknown;
      output?: string | undefined;
      /** In place of the one that goes with the kind. */
      exitCode?: number;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.exitCode = options.exitCode ?? exitCode[kind];
    this.hint = hint;
    this.output = options.output;
  }
}

/** The text of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
