import { confirm, isCancel, select, text } from '@clack/prompts';
import { KvbenchError } from '../errors.js';
import type { Terminal } from './io.js';

/** Questions to the user, each answered or the end of the command (exit code 130). */
export interface Asker {
  select<T extends string>(message: string, options: readonly T[]): Promise<T>;
  text(
    message: string,
    proposal: string,
    check: (answer: string) => string | null,
  ): Promise<string>;
  confirm(message: string, proposal: boolean): Promise<boolean>;
}

export function askerOn(terminal: Terminal, signal: AbortSignal): Asker {
  const on = { ...terminal, signal };
  return {
    select: async <T extends string>(message: string, options: readonly T[]) =>
      answered<string>(
        await select<string>({ ...on, message, options: options.map((value) => ({ value })) }),
      ) as T,
    text: async (message, initialValue, check) =>
      answered<string>(
        await text({
          ...on,
          message,
          initialValue,
          validate: (answer) => check(answer ?? '') ?? undefined,
        }),
      ),
    confirm: async (message, initialValue) =>
      answered<boolean>(await confirm({ ...on, message, initialValue })),
  };
}

function answered<T>(answer: T | symbol): T {
  if (!isCancel(answer)) return answer as T;
  throw new KvbenchError('interrupted', 'Interrupted.', 'Nothing was written.');
}
