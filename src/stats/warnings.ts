import type { RunResult, Warning } from '../result/schema.js';
import { errorsOf } from './summary.js';

/** What a reader of the figures must know, as data with advice. */
export function runWarnings({ config, trials }: Pick<RunResult, 'config' | 'trials'>): Warning[] {
  const warnings: Warning[] = [];
  for (const target of config.targets) {
    const own = trials.filter((trial) => trial.target === target);
    const errors = own.reduce((sum, trial) => sum + errorsOf(trial), 0);
    if (errors > 0) {
      const first = own.find((trial) => trial.firstError)?.firstError ?? 'lost writes';
      warnings.push({
        code: 'wrong-answers',
        message: `${target} gave ${errors} wrong or missing answers, so its figures are not to be trusted. First: ${first}.`,
        advice: `Try it by hand with \`kvbench serve ${target}\`; the JSON counts errors by kind.`,
      });
    }
    const lost = own.reduce((sum, trial) => sum + (trial.readBack?.lost ?? 0), 0);
    if (lost > 0) {
      warnings.push({
        code: 'lost-writes',
        message: `${target} acknowledged ${lost} writes that it did not keep.`,
        advice: 'A store that loses writes cannot be compared by its speed.',
      });
    }
  }
  if (trials.length > 0 && trials.every((trial) => trial.server === null)) {
    warnings.push({
      code: 'no-proc',
      message: "CPU and memory of the servers can't be read on this system: those columns say n/a.",
      advice: 'Run on Linux to compare what an answer costs.',
    });
  }
  return warnings;
}
