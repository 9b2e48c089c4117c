import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import sloc from 'sloc';
import { codeOf, countBranches, splitRustTests } from './code.js';
import { languageOf } from './languages.js';

export interface Lines {
  files: number;
  /** Lines with code, whatever else is on them. */
  code: number;
  /** Lines with a comment and no code. */
  comments: number;
  branches: number;
  /** Lines of code of tests that stand in the same files, and in none of the others. */
  tests: number;
}

/** Larger ones are made by programs. */
const maxBytes = 4 * 2 ** 20;

/** Counts the lines of files together; those in a language that is not known are left out. */
export async function countLines(paths: readonly string[]): Promise<Lines> {
  const lines: Lines = { files: 0, code: 0, comments: 0, branches: 0, tests: 0 };
  for (const path of paths) {
    const language = languageOf(extname(path).slice(1));
    if (language === undefined) continue;
    const text = await readFile(path, 'utf8');
    if (text.length > maxBytes) continue;
    const { built, tests } = language === 'rs' ? splitRustTests(text) : { built: text, tests: '' };
    const { source, comment, mixed } = sloc(built, language);
    lines.files++;
    lines.code += source;
    lines.comments += comment - mixed;
    lines.branches += countBranches(codeOf(built, language), language);
    lines.tests += tests === '' ? 0 : sloc(tests, language).source;
  }
  return lines;
}
