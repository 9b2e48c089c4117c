import { Chalk } from 'chalk';
import type { RunResult } from '../result/schema.js';
import { annotation, escapeHtml, escapeMarkdown } from './github.js';
import { reportText } from './text.js';
import { thresholdSentence } from './thresholds.js';
import { marks, thresholdTones } from './tone.js';

/** GitHub's workflow commands: an error for each threshold that fails the step. */
export function runAnnotations({ thresholds }: RunResult): string {
  return thresholds
    .filter(({ outcome }) => outcome !== 'kept')
    .map((threshold) => {
      const title = `kvbench run: threshold ${threshold.outcome}`;
      return `${annotation('error', title, thresholdSentence(threshold))}\n`;
    })
    .join('');
}

/** A run for a job's summary: its thresholds first, then what a terminal would show. */
export function runMarkdown(result: RunResult): string {
  const thresholds = result.thresholds.map(
    (threshold) =>
      `- ${marks[thresholdTones[threshold.outcome]]}${escapeMarkdown(thresholdSentence(threshold))}`,
  );
  const text = reportText(result, { chalk: new Chalk({ level: 0 }), showRuntime: false });
  const targets = result.targets.map(({ name }) => name).join(', ');
  const sections = [
    `### ${escapeMarkdown(`kvbench run: ${targets}`)}`,
    thresholds.join('\n'),
    `<pre>\n${escapeHtml(text)}</pre>`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
