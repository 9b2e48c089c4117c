import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { escapeMarkdown } from '../github.js';
import { markdownTable } from '../markdown-table.js';
import { gateFigures } from './figures.js';
import { openSentences, verdictSentence } from './sentence.js';

const marks = { pass: '✅', regression: '❌', inconclusive: '⚠️', untrusted: '❌' } as const;

/** The verdict for a job's summary: GitHub's Markdown, in which no text from outside is active. */
export function reportGateMarkdown(result: GateResult): string {
  const { verdict } = result.judgement;
  const title = `kvbench gate: ${result.target}, ${result.base.label} against ${result.head.label}`;
  const figures = gateFigures(result);
  const sections = [
    `### ${escapeMarkdown(title)}`,
    `${verdict ? `${marks[verdict.outcome]} ` : ''}${escapeMarkdown(verdictSentence(result))}`,
    figures ? markdownTable(figures) : '',
    openSentences(result)
      .map((text) => `- ${escapeMarkdown(text)}`)
      .join('\n'),
    result.warnings
      .map(({ message, advice }) => `- ${escapeMarkdown(`warning: ${message} ${advice}`)}`)
      .join('\n'),
    `<sub>${escapeMarkdown(provenance(result))}</sub>`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function provenance({ machine, rounds, seed, policy }: GateResult): string {
  const where = machine ? `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}; ` : '';
  return `${where}${plural(rounds.length, 'round')}, interleaved by ${policy.interleave}, seed ${seed}`;
}
