import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import sloc from 'sloc';

/** Extensions of the languages in which servers are written, as `sloc` knows them. */
const languages: Readonly<Record<string, string>> = {
  rs: 'rs',
  go: 'go',
  js: 'js',
  cjs: 'js',
  mjs: 'mjs',
  ts: 'ts',
  py: 'py',
  rb: 'rb',
  java: 'java',
  php: 'php',
  c: 'c',
  h: 'h',
  cpp: 'cpp',
  cs: 'cs',
  kt: 'kt',
  swift: 'swift',
};

/** Extensions of what is counted. */
export const countable: readonly string[] = Object.keys(languages);

export interface Lines {
  files: number;
  /** Lines with code, whatever else is on them. */
  code: number;
  /** Lines with a comment and no code. */
  comments: number;
}

/** Larger ones are made by programs. */
const maxBytes = 4 * 2 ** 20;

/** Counts the lines of files together; those in a language that is not known are left out. */
export async function countLines(paths: readonly string[]): Promise<Lines> {
  const lines: Lines = { files: 0, code: 0, comments: 0 };
  for (const path of paths) {
    const language = languages[extname(path).slice(1)];
    if (language === undefined) continue;
    const text = await readFile(path, 'utf8');
    if (text.length > maxBytes) continue;
    const { source, comment, mixed } = sloc(text, language);
    lines.files++;
    lines.code += source;
    lines.comments += comment - mixed;
  }
  return lines;
}
