import type { GateResult } from '../../gate/schema.js';
import { escapeMarkdown } from '../github.js';
import { plural } from '../text.js';
import { openSentences, verdictSentence } from './sentence.js';
import { allowanceText, figureText, labelOf, ratioTexts } from './words.js';

const marks = { pass: '✅', regression: '❌', inconclusive: '⚠️', untrusted: '❌' } as const;

/** The verdict for a job's summary: GitHub's Markdown, in which no text from outside is active. */
export function reportGateMarkdown(result: GateResult): string {
  const { metrics, verdict } = result.judgement;
  const title = `kvbench gate: ${result.target}, ${result.base.label} against ${result.head.label}`;
  const rows = metrics.map((row) => {
    const { estimate, interval } = ratioTexts(row);
    const name = escapeMarkdown(labelOf(row));
    const decides = row.verdict === 'regression' ? `**${row.verdict}**` : row.verdict;
    return [
      name,
      figureText(row, row.base),
      figureText(row, row.head),
      estimate,
      interval,
      allowanceText(row),
      decides,
    ];
  });
  const head = ['', 'base', 'head', 'ratio', 'interval', 'allowed', 'verdict'];
  const aligned = [':--', '--:', '--:', '--:', '--:', '--:', ':--'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sections = [
    `### ${escapeMarkdown(title)}`,
    `${verdict ? `${marks[verdict.outcome]} ` : ''}${escapeMarkdown(verdictSentence(result))}`,
    rows.length > 0 ? [line(head), line(aligned), ...rows.map(line)].join('\n') : '',
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
