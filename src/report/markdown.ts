import type { Chart } from './charts/chart.js';
import type { FigureTable } from './figures.js';
import { oneLine } from './format.js';
import { escapeMarkdown } from './github.js';
import type { KnownDocument } from './kinds/kind.js';
import { markdownTable } from './markdown-table.js';
import { outlineOf } from './outline.js';
import type { Part, Sentence } from './part.js';
import type { Provenance } from './provenance.js';
import { marks } from './tone.js';

interface MarkdownOptions {
  title?: string | undefined;
  /** Where the drawing of a chart is, relative to the text; without it there are no charts. */
  imageOf?: ((chart: Chart) => string) | undefined;
}

/** Documents as GitHub's Markdown, for a README or a pull request; no text from outside is active. */
export function reportMarkdown(
  documents: readonly KnownDocument[],
  { title, imageOf }: MarkdownOptions = {},
): string {
  const outline = outlineOf(documents, title);
  const { parts, sharedTables, charts } = outline;
  const isAlone = parts.length === 1;
  const each = (make: (part: Part) => string[]) =>
    parts.flatMap((part) => {
      const made = make(part).filter((section) => section !== '');
      return isAlone || made.length === 0 ? made : [`### ${escapeMarkdown(part.heading)}`, ...made];
    });
  const sections = [
    `## ${escapeMarkdown(outline.title)}`,
    ...each(summary),
    ...sharedTables.flatMap(table),
    ...each(({ tables }) => tables.flatMap(table)),
    ...(imageOf
      ? charts.map((chart) => `![${escapeMarkdown(chart.title)}](${imageOf(chart)})`)
      : []),
    ...parts.map(({ heading, provenance }) => origin(provenance, isAlone ? null : heading)),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function summary({ facts, sentences, thresholds, warnings }: Part): string[] {
  const line = ({ text, tone }: Sentence) =>
    `- ${tone === null ? '' : marks[tone]}${escapeMarkdown(text)}`;
  return [
    [...sentences, ...thresholds].map(line).join('\n'),
    facts.map(escapeMarkdown).join(' '),
    warnings
      .map(({ message, advice }) => `- ${escapeMarkdown(`warning: ${message} ${advice}`)}`)
      .join('\n'),
  ];
}

function table(figures: FigureTable): string[] {
  const { title, detail, note } = figures;
  const about = detail === '' ? '' : ` (${escapeMarkdown(detail)})`;
  return [
    `**${escapeMarkdown(title)}**${about}`,
    markdownTable(figures),
    note === null ? '' : escapeMarkdown(note),
  ];
}

function origin({ facts, tables, command, hints }: Provenance, heading: string | null): string {
  const builds = tables.filter(({ title }) => title === 'Builds');
  return [
    `<details><summary>How it was measured${heading === null ? '' : `: ${escapeMarkdown(heading)}`}</summary>`,
    facts.map(([name, text]) => `- ${escapeMarkdown(`${name}: ${text}`)}`).join('\n'),
    ...builds.map(markdownTable),
    // A line of its own in a block, indented: nothing in it can end the block.
    ...(command === null ? [] : ['To repeat it:', `    ${oneLine(command)}`]),
    ...hints.map(escapeMarkdown),
    '</details>',
  ].join('\n\n');
}
