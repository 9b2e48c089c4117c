import { Chalk } from 'chalk';
import { reportHtml } from './html/page.js';
import { type SavedDocument, toKnown } from './kinds/index.js';
import { reportMarkdown } from './markdown.js';
import { documentText } from './text.js';

/** What a report of saved documents is to be. */
export interface ReportOptions {
  format: 'html' | 'markdown' | 'text';
  title?: string;
  /** Of a text: whether and how it has plots; without it there are none. */
  plot?: { ascii: boolean };
}

/** One report of documents of any kind, as a text that depends on nothing but them. */
export function report(
  saved: readonly SavedDocument[],
  { format, title, plot }: ReportOptions,
): string {
  const documents = saved.map(toKnown);
  switch (format) {
    case 'html':
      return reportHtml(documents, title);
    case 'markdown':
      return reportMarkdown(documents, { title });
    case 'text': {
      const chalk = new Chalk({ level: 0 });
      return documents.map((document) => documentText(document, { chalk, plot })).join('\n');
    }
  }
}
