import { Chalk } from 'chalk';
import { documentText } from './document-text.js';
import type { SavedDocument } from './documents.js';
import { reportHtml } from './html/page.js';
import { reportMarkdown } from './markdown.js';

/** What a report of saved documents is to be. */
export interface ReportOptions {
  format: 'html' | 'markdown' | 'text';
  title?: string;
  /** Of a text: whether and how it has plots; without it there are none. */
  plot?: { ascii: boolean };
}

/** One report of documents of any kind, as a text that depends on nothing but them. */
export function report(
  documents: readonly SavedDocument[],
  { format, title, plot }: ReportOptions,
): string {
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
