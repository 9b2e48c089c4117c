import type { Warning } from '../../result/schema.js';
import type { Chart } from '../charts/chart.js';
import { chartSvg } from '../charts/svg.js';
import { chartTable } from '../charts/table.js';
import type { FigureTable } from '../figures.js';
import type { Outline } from '../outline.js';
import { factSentences, type Part, plain, type Sentence, stepText, whole } from '../part.js';
import type { Provenance } from '../provenance.js';
import { element, figureTable, noteHtml, plainTable, text } from './markup.js';

/** A part of the page that the contents lead to. */
export interface Section {
  id: string;
  heading: string;
  html: string;
}

/** What the reader came for first, where it comes from last; sections without anything are left out. */
export function sectionsOf({ parts, sharedTables, charts }: Outline): Section[] {
  const each = (make: (part: Part) => string) =>
    parts
      .map((part) => ({ heading: part.heading, html: make(part) }))
      .filter(({ html }) => html !== '')
      .map(({ heading, html }) =>
        parts.length === 1 ? html : element('h3', {}, text(heading)) + html,
      )
      .join('\n');
  const sections = [
    { id: 'summary', heading: 'Summary', html: each(summaryHtml) },
    {
      id: 'figures',
      heading: 'Figures',
      html:
        tablesHtml(sharedTables) + each(({ tables, note }) => tablesHtml(tables) + noteHtml(note)),
    },
    {
      id: 'charts',
      heading: 'Charts',
      html:
        charts.length === 0 ? '' : element('div', { class: 'charts' }, ...charts.map(figureHtml)),
    },
    {
      id: 'origin',
      heading: 'How it was measured',
      html: each(({ provenance }) => provenanceHtml(provenance)),
    },
  ];
  return sections.filter(({ html }) => html !== '');
}

function tablesHtml(tables: readonly FigureTable[]): string {
  if (tables.length === 0) return '';
  const boxes = tables.map((table) => element('div', {}, figureTable(table)));
  return element('div', { class: 'tables' }, ...boxes);
}

function summaryHtml(part: Part): string {
  const { differences, sentences, thresholds, remarks, steps, warnings } = part;
  const lead = [...sentences, ...remarks.map(plain)].map((sentence) =>
    element(
      'p',
      { class: sentence.tone === null ? 'lead' : `lead ${sentence.tone}` },
      text(whole(sentence)),
    ),
  );
  return [
    ...lead,
    ...[...differences, ...factSentences(part)].map((fact) =>
      element('p', { class: 'facts' }, text(fact)),
    ),
    list('Thresholds', thresholds.map(threshold)),
    list('What to do', steps.map(step)),
    list('Warnings', warnings.map(warning)),
  ].join('\n');
}

function list(label: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return element('ul', { class: 'plain', 'aria-label': label }, ...items);
}

function threshold({ word, text: words, tone }: Sentence): string {
  return element(
    'li',
    { class: `is-${tone}` },
    element('strong', { class: tone ?? undefined }, text(word ?? '')),
    `: ${text(words)}`,
  );
}

function step(words: string): string {
  const code = (piece: string) => element('code', {}, text(piece));
  return element('li', {}, element('strong', {}, 'Next:'), ` ${stepText(words, { text, code })}`);
}

function warning({ message, advice }: Warning): string {
  return element(
    'li',
    { class: 'is-warn' },
    element('strong', { class: 'warn' }, 'Warning:'),
    ` ${text(message)} `,
    element('span', { class: 'quiet' }, text(advice)),
  );
}

/** A chart with its caption, and the same figures as a table. */
function figureHtml(chart: Chart): string {
  const { id, title, summary, note, kind } = chart;
  return element(
    'figure',
    { id },
    element(
      'figcaption',
      {},
      element('h3', {}, text(title)),
      element('p', {}, text(note === null ? summary : `${summary} ${note}`)),
    ),
    element(
      'div',
      { class: 'plot', 'data-kind': kind, 'data-title': title },
      chartSvg(chart, { standalone: false }),
    ),
    element(
      'details',
      { class: 'figures' },
      element('summary', {}, 'Figures as a table'),
      plainTable(title, chartTable(chart)),
    ),
  );
}

function provenanceHtml({ facts, tables, command, hints }: Provenance): string {
  return [
    element(
      'dl',
      {},
      ...facts.map(
        ([name, words]) => element('dt', {}, text(name)) + element('dd', {}, text(words)),
      ),
    ),
    ...tables.map((table) =>
      element(
        'details',
        { class: 'more wrap' },
        element('summary', {}, text(table.title)),
        figureTable(table),
      ),
    ),
    command === null ? '' : element('p', {}, 'To repeat it:') + element('pre', {}, text(command)),
    ...hints.map(noteHtml),
  ].join('\n');
}
