import { packageVersion } from '../package.js';
import type { RunResult } from '../result/schema.js';
import { checkWritable, saveResult } from '../result/store.js';

/** How far a measurement has come; all but `complete` hold what was measured until then. */
type State = RunResult['state'];

/** What every result begins with. */
export interface Heading {
  kvbenchVersion: string;
  state: State;
  /** When it was asked for, and when this was told; both as ISO 8601. */
  startedAt: string;
  updatedAt: string;
}

interface SessionOptions<R> {
  /** Where the result is written; null: nowhere. */
  out: string | null;
  /** Whether an error is that somebody has ended it. */
  signal: AbortSignal;
  /** Called with every result that is worth keeping, once it is saved. */
  onResult(result: R): void;
}

/** A result as it grows. */
interface Growing<R> {
  /** All that is known by now, below that heading. */
  describe(heading: Heading): R;
  /** Whether that says something even if no more comes. Before, nothing is saved and nobody is told. */
  isWorthKeeping(): boolean;
}

interface Session<R> {
  /**
   * Does the work, which calls `save` after every step, and gives the complete result. Where the work
   * fails, what is known then is saved and told as `failed`, or as `interrupted`, and the error is
   * thrown on: the signal's reason if it was aborted.
   */
  measure(growing: Growing<R>, work: (save: () => Promise<void>) => Promise<void>): Promise<R>;
}

/**
 * Begins to measure: the same from here on for every kind of result. Throws a usage error, before
 * anything else is done, for a file that can't be written.
 */
export async function openSession<R extends object>({
  out,
  signal,
  onResult,
}: SessionOptions<R>): Promise<Session<R>> {
  if (out !== null) await checkWritable(out);
  const startedAt = new Date().toISOString();
  return {
    async measure(growing, work) {
      const tell = async (state: State): Promise<R> => {
        const stamps = { startedAt, updatedAt: new Date().toISOString() };
        const result = growing.describe({ kvbenchVersion: packageVersion, state, ...stamps });
        if (state !== 'complete' && !growing.isWorthKeeping()) return result;
        if (out !== null) await saveResult(out, result);
        onResult(result);
        return result;
      };
      try {
        await work(async () => void (await tell('running')));
      } catch (error) {
        await tell(signal.aborted ? 'interrupted' : 'failed');
        signal.throwIfAborted();
        throw error;
      }
      return tell('complete');
    },
  };
}
