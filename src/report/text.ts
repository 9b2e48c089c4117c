import type { ChalkInstance } from 'chalk';
import type { Warning } from '../result/schema.js';
import type { FigureTable } from './figures.js';
import { oneLine, wrap } from './format.js';
import type { KnownDocument } from './kinds/kind.js';
import { partOf } from './outline.js';
import { type Part, type Sentence, whole } from './part.js';
import { fitted, renderFigures } from './tables.js';
import type { TextOptions } from './text-options.js';
import { coloured } from './tone.js';

interface DocumentTextOptions extends TextOptions {
  /** Tables that are not asked for otherwise. */
  besides?: readonly FigureTable[];
}

/** A document as tables and sentences for a terminal of 80 columns: what people came for stays last on the screen. */
export function documentText(
  document: KnownDocument,
  { chalk, plot, width, besides = [] }: DocumentTextOptions,
): string {
  const { kind, result } = document;
  const part = partOf(document);
  const tables = (all: readonly FigureTable[]) =>
    all.map((table) => renderFigures(table, chalk, width));
  const lines = (texts: readonly string[]) => texts.map((text) => wrap(oneLine(text)));
  const sections = [
    heading(part, chalk),
    ...tables(part.narrow ?? part.tables),
    part.note === null ? '' : chalk.dim(part.note),
    plot ? (kind.plots?.(result, { chalk, width, ...plot }) ?? '') : '',
    part.sentences
      .filter(({ isInFigures }) => !isInFigures)
      .map((sentence) => sentenceText(sentence, chalk))
      .join('\n'),
    thresholds(part.thresholds, chalk),
    ...tables(besides),
    lines(part.remarks).join('\n'),
    part.steps
      .map((step) => `${chalk.cyan('next:')} ${wrap(oneLine(step), { used: 'next: '.length })}`)
      .join('\n'),
    part.warnings.map((warning) => warningText(warning, chalk)).join('\n'),
    chalk.dim(lines(part.provenance.lines).join('\n')),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

function heading({ names, load, differences, facts }: Part, chalk: ChalkInstance): string {
  const about = oneLine(names);
  return [
    load === null ? chalk.bold(wrap(about)) : withLoad(about, oneLine(load), chalk),
    ...[...differences, ...facts].map((text) => wrap(oneLine(text))),
  ].join('\n');
}

function withLoad(names: string, load: string, chalk: ChalkInstance): string {
  // The names of many targets are a paragraph of their own.
  if (names.length > 78) return `${chalk.bold(wrap(names))}:\n  ${wrap(load, { used: 2 })}`;
  return `${chalk.bold(names)}: ${wrap(load, { used: names.length + 2 })}`;
}

function sentenceText(sentence: Sentence, chalk: ChalkInstance): string {
  const { word, tone } = sentence;
  const text = wrap(oneLine(whole(sentence)));
  if (word === null) return text;
  return coloured(text.slice(0, word.length), tone, chalk) + text.slice(word.length);
}

const thresholdIndent = 'untrusted'.length + 2;

function thresholds(all: readonly Sentence[], chalk: ChalkInstance): string {
  if (all.length === 0) return '';
  const lines = all.map(({ word, text, tone }) => {
    const outcome = (tone === 'bad' ? word?.toUpperCase() : word) ?? '';
    const about = wrap(oneLine(text), { used: thresholdIndent, indent: thresholdIndent });
    return coloured(outcome.padEnd(thresholdIndent), tone, chalk) + about;
  });
  return [`${chalk.bold('Thresholds')} ${chalk.dim('(what fails)')}`, ...lines].join('\n');
}

/** One warning: what, and what to do about it. */
export function warningText(
  { message, advice }: Pick<Warning, 'message' | 'advice'>,
  chalk: ChalkInstance,
): string {
  const what = wrap(oneLine(message), { used: 'warning: '.length });
  return `${coloured('warning:', 'warn', chalk)} ${what}\n  ${wrap(oneLine(advice), { used: 2 })}`;
}
