import { gateExitCode } from '../../gate/judge.js';
import type { GateResult } from '../../gate/schema.js';
import { verdictSentence } from './sentence.js';
import { oneLine } from './words.js';

/**
 * GitHub's workflow commands: an error for what fails the step, a warning for what a reader should
 * see all the same, nothing for a plain pass.
 */
export function reportGateGithub(result: GateResult): string {
  const { verdict } = result.judgement;
  const fails = !verdict || gateExitCode(verdict, result.policy) !== 0;
  const lines = result.warnings.map(({ message, advice }) =>
    command('warning', 'kvbench gate', `${message} ${advice}`),
  );
  if (verdict?.outcome !== 'pass') {
    const title = `kvbench gate: ${result.target}`;
    lines.unshift(command(fails ? 'error' : 'warning', title, verdictSentence(result)));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Text from outside can end neither the property nor the line, and so begin no other command. */
function command(kind: 'error' | 'warning', title: string, message: string): string {
  const data = (text: string) => oneLine(text).replace(/%/g, '%25');
  const property = data(title).replace(/:/g, '%3A').replace(/,/g, '%2C');
  return `::${kind} title=${property}::${data(message)}`;
}
