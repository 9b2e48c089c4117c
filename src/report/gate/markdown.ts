import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { escapeMarkdown } from '../github.js';
import { markdownTable } from '../markdown-table.js';
import { gateTones, marks } from '../tone.js';
import { circumstances, differencesText } from './circumstances.js';
import { gateFigures } from './figures.js';
import { nextSteps } from './next.js';
import { asideSentences, openSentences, verdictSentence } from './sentence.js';

/** The verdict for a job's summary: GitHub's Markdown, in which no text from outside is active. */
export function reportGateMarkdown(result: GateResult): string {
  const title = `kvbench gate: ${result.target}, ${result.base.label} against ${result.head.label}`;
  const figures = gateFigures(result);
  const differences = differencesText(result);
  const sections = [
    `### ${escapeMarkdown(title)}`,
    withMark(result),
    differences === null ? '' : escapeMarkdown(differences),
    figures ? markdownTable(figures) : '',
    // One list: a second one right below it would have GitHub space both out.
    [
      ...[...asideSentences(result), ...openSentences(result)].map(escapeMarkdown),
      ...nextSteps(result).map((step) => `next: ${withCode(step)}`),
      ...result.warnings.map(({ message, advice }) =>
        escapeMarkdown(`warning: ${message} ${advice}`),
      ),
    ]
      .map((text) => `- ${text}`)
      .join('\n'),
    `<sub>${escapeMarkdown(provenance(result))}</sub>`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** The verdict's sentence, with a mark and its first word in bold. */
function withMark(result: GateResult): string {
  const sentence = verdictSentence(result);
  const { verdict } = result.judgement;
  if (!verdict) return escapeMarkdown(sentence);
  const { outcome } = verdict;
  const rest = escapeMarkdown(sentence.slice(outcome.length));
  return `${marks[gateTones[outcome]]}**${outcome}**${rest}`;
}

/** Text in which what stands between backticks is code. */
function withCode(text: string): string {
  return text
    .split('`')
    .map((part, index) =>
      index % 2 === 1 ? `<code>${escapeMarkdown(part)}</code>` : escapeMarkdown(part),
    )
    .join('');
}

function provenance(result: GateResult): string {
  const { machine, rounds, seed, policy } = result;
  const where = machine ? `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}; ` : '';
  const how = `${plural(rounds.length, 'round')}, interleaved by ${policy.interleave}, seed ${seed}`;
  return [`${where}${how}`, ...circumstances(result)].join('; ');
}
