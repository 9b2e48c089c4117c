import { gateExitCode } from '../../gate/judge.js';
import type { GateResult } from '../../gate/schema.js';
import { annotation } from '../github.js';
import { verdictSentence } from './sentence.js';

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
  if (verdict?.outcome !== 'pass') {
    const title = `kvbench gate: ${result.target}`;
    lines.unshift(annotation(fails ? 'error' : 'warning', title, verdictSentence(result)));
  }
  return lines.map((line) => `${line}\n`).join('');
}
