import type { TargetFile } from './file-schema.js';
import type { RequestSet } from './requests.js';

/** One server as a config file describes it, checked: what the file says, and what follows from it. */
export interface TargetSpec {
  name: string;
  /** Absolute: where it is built and started. */
  dir: string;
  settings: TargetFile;
  requests: RequestSet;
  /** Whether it keeps kvbench's own HTTP contract, to be proven before every run. */
  contract: boolean;
  /** Where a setting stands, or the nearest around it that does: `kvbench.config.json:12:5, targets.mine.start.command`. */
  place(...path: readonly (string | number)[]): string;
  /** Where a request of its set stands, be it its own or one of the whole file. */
  requestPlace(name: string): string;
}
