import type { Chart } from './charts/chart.js';
import { type Cell, type FigureTable, isNames } from './figures.js';
import { oneLine } from './format.js';
import { escapeMarkdown } from './github.js';
import type { KnownDocument } from './kinds/kind.js';
import { outlineOf, partOf } from './outline.js';
import { factSentences, type Part, type Sentence, stepText } from './part.js';
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
  return joined([
    `## ${escapeMarkdown(outline.title)}`,
    ...each((part) => [...found(part), facts(part)]),
    ...sharedTables.flatMap(table),
    ...each(figures),
    ...(imageOf
      ? charts.map((chart) => `![${escapeMarkdown(chart.title)}](${imageOf(chart)})`)
      : []),
    ...parts.map(({ heading, provenance }) => origin(provenance, isAlone ? null : heading)),
  ]);
}

/** One document for a job's summary, where others may stand above and below it. */
export function summaryMarkdown(document: KnownDocument): string {
  const part = partOf(document);
  const { small } = part.provenance;
  return joined([
    `### ${escapeMarkdown(`kvbench ${part.title}`)}`,
    ...found(part),
    small === undefined ? facts(part) : '',
    ...figures(part),
    small === undefined ? origin(part.provenance, null) : `<sub>${escapeMarkdown(small)}</sub>`,
  ]);
}

function joined(sections: readonly string[]): string {
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** What was found, thresholds first: they decide. */
function found({ thresholds, sentences, differences }: Part): string[] {
  const said = [...thresholds, ...sentences].map(sentence);
  return [said.length === 1 ? said.join('') : list(said), ...differences.map(escapeMarkdown)];
}

/** With its mark, and the word in bold. */
export function sentence({ word, text, tone }: Sentence): string {
  const mark = tone === null ? '' : marks[tone];
  return `${mark}${word === null ? '' : `**${escapeMarkdown(word)}**: `}${escapeMarkdown(text)}`;
}

function facts(part: Part): string {
  return factSentences(part).map(escapeMarkdown).join(' ');
}

/** Tables, and what is said after them in one list: two would be spaced out. */
function figures({ tables, note, remarks, steps, warnings }: Part): string[] {
  return [
    ...tables.flatMap(table),
    note === null ? '' : escapeMarkdown(note),
    list([
      ...remarks.map(escapeMarkdown),
      ...steps.map((step) => `next: ${stepText(step, stepMedium)}`),
      ...warnings.map(({ message, advice }) => escapeMarkdown(`warning: ${message} ${advice}`)),
    ]),
  ];
}

const stepMedium = {
  text: escapeMarkdown,
  code: (piece: string) => `<code>${escapeMarkdown(piece)}</code>`,
};

function table(figures: FigureTable): string[] {
  const { title, detail, note } = figures;
  const about = detail === '' ? '' : ` (${escapeMarkdown(detail)})`;
  return [
    title === '' ? '' : `**${escapeMarkdown(title)}**${about}`,
    markdownTable(figures),
    note === null ? '' : escapeMarkdown(note),
  ];
}

/** Figures as a table of GitHub's Markdown, in which no text from outside is active. */
function markdownTable(table: FigureTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(table.head.map(escapeMarkdown)),
    line(table.head.map((_, column) => (isNames(table, column) ? ':--' : '--:'))),
    ...table.rows.map((row) => line(row.map(cellText))),
  ].join('\n');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  const text = escapeMarkdown(cell.text);
  return cell.tone === 'bad' ? `**${text}**` : text;
}

function origin({ facts, tables, command, hints }: Provenance, heading: string | null): string {
  const builds = tables.filter(({ title }) => title === 'Builds');
  return [
    `<details><summary>How it was measured${heading === null ? '' : `: ${escapeMarkdown(heading)}`}</summary>`,
    list(facts.map(([name, text]) => escapeMarkdown(`${name}: ${text}`))),
    ...builds.map(markdownTable),
    // A line of its own in a block, indented: nothing in it can end the block.
    ...(command === null ? [] : ['To repeat it:', `    ${oneLine(command)}`]),
    ...hints.map(escapeMarkdown),
    '</details>',
  ].join('\n\n');
}
