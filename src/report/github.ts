import { oneLine } from './format.js';

/**
 * A workflow command of GitHub: a mark on the job with a text. Text from outside can end neither the
 * property nor the line, and so begin no other command.
 */
export function annotation(
  kind: 'error' | 'warning' | 'notice',
  title: string,
  message: string,
): string {
  const data = (text: string) => oneLine(text).replace(/%/g, '%25');
  const property = data(title).replace(/:/g, '%3A').replace(/,/g, '%2C');
  return `::${kind} title=${property}::${data(message)}`;
}

/** One line in which every character that Markdown or HTML could act on stands for itself. */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replace(/[&<>]/g, escapeHtml)
      .replace(/[\\`*_{}[\]#!|~$]/g, '\\$&')
      // Neither a mention nor a link of its own making.
      .replace(/@/g, '&#64;')
      .replace(/:\/\//g, '&#58;//')
      .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}&#46;`)
  );
}

/** Text that stands for itself between tags of HTML. */
function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
