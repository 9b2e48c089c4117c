import { gateExitCode } from '../../gate/judge.js';
import type { GateResult } from '../../gate/schema.js';
import { annotation } from '../github.js';
import { beyondUnGated, nextSteps } from './next.js';
import { asideSentences, verdictSentence } from './sentence.js';

/**
 * GitHub's workflow commands: an error for what fails the step, a warning for what a reader should
 * see all the same, nothing for a plain pass.
 */
export function reportGateGithub(result: GateResult): string {
  const { verdict } = result.judgement;
  const fails = !verdict || gateExitCode(verdict, result.policy) !== 0;
  const lines = result.warnings.map(({ message, advice }) =>
    annotation('warning', 'kvbench gate', `${message} ${advice}`),
  );
  const title = `kvbench gate: ${result.target}`;
  const aside = asideSentences(result);
  if (verdict?.outcome !== 'pass' || beyondUnGated(result).length > 0) {
    const text = [verdictSentence(result), ...aside, ...nextSteps(result)].join(' ');
    lines.unshift(annotation(fails ? 'error' : 'warning', title, text));
  } else if (aside.length > 0) {
    lines.unshift(annotation('notice', title, aside.join(' ')));
  }
  return lines.map((line) => `${line}\n`).join('');
}
