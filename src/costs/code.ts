import { type Language, type LanguageName, languages } from './languages.js';

/** Of each language what finds the next comment, literal or, where templates end by it, brace. */
const openers = ofEach(({ comments, literals, nests, templates }) => {
  const parts = [
    `(?<comment>${union(comments)})`,
    ...(nests ? [String.raw`(?<nested>\/\*)`] : []),
    union(literals),
    ...(templates ? ['(?<template>`)|(?<brace>[{}])'] : []),
  ];
  return new RegExp(parts.join('|'), 'gu');
});

const branches = ofEach((language) => new RegExp(union(language.branches), 'gmu'));

function ofEach(make: (language: Language) => RegExp): Record<LanguageName, RegExp> {
  const entries = Object.entries(languages).map(([name, language]) => [name, make(language)]);
  return Object.fromEntries(entries) as Record<LanguageName, RegExp>;
}

function union(all: readonly RegExp[]): string {
  return all.map(({ source }) => source).join('|');
}

/**
 * A text without its comments and literals: spaces stand in their place, so that every line and place
 * stays where it was, and a quote at the end of a literal, which is an operand.
 */
export function codeOf(text: string, name: LanguageName): string {
  const opener = openers[name];
  const code: string[] = [];
  let kept = 0;
  const blank = (from: number, to: number, mark: '' | '"') => {
    const spaces = text.slice(from, to - mark.length).replace(/[^\n]/g, ' ');
    code.push(text.slice(kept, from), spaces, mark);
    kept = to;
  };
  // Of each template in whose code we are: the braces that are open in it.
  const holes: number[] = [];
  let at = 0;
  for (;;) {
    opener.lastIndex = at;
    const match = opener.exec(text);
    if (!match) break;
    const { index, 0: found, groups = {} } = match;
    at = index + found.length;
    if (groups['brace'] !== undefined) {
      const open = holes.pop();
      if (open === undefined) continue;
      const left = found === '{' ? open + 1 : open - 1;
      if (left >= 0) {
        holes.push(left);
        continue;
      }
    }
    if (groups['brace'] !== undefined || groups['template'] !== undefined) {
      at = endOfTemplateText(text, at);
      const isHole = text.startsWith('${', at - 2);
      if (isHole) holes.push(0);
      blank(index, at, isHole ? '' : '"');
    } else if (groups['nested'] !== undefined) {
      at = endOfNested(text, at);
      blank(index, at, '');
    } else {
      blank(index, at, groups['comment'] === undefined ? '"' : '');
    }
  }
  code.push(text.slice(kept));
  return code.join('');
}

/** After the backtick or the `${` that ends the text of a template. */
function endOfTemplateText(text: string, from: number): number {
  const end = /\\[\s\S]|`|\$\{/g;
  end.lastIndex = from;
  for (let match = end.exec(text); match; match = end.exec(text)) {
    if (!match[0].startsWith('\\')) return end.lastIndex;
  }
  return text.length;
}

/** After the end of a comment that may hold others. */
function endOfNested(text: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let match = edge.exec(text); match; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}

/** How often a program may go one way or another; of code without comments and literals. */
export function countBranches(code: string, name: LanguageName): number {
  return [...code.matchAll(branches[name])].length;
}

/**
 * What is built of a file of Rust, and the modules of tests that stand in it: `#[cfg(test)] mod tests {}`.
 */
export function splitRustTests(text: string): { built: string; tests: string } {
  const code = codeOf(text, 'rs');
  let [built, tests, kept] = ['', '', 0];
  const opener = /#\[cfg\((?:all\(\s*)?test\b[^\]]*\]\s*mod\s+\w+\s*\{/g;
  for (const { index, 0: opening } of code.matchAll(opener)) {
    if (index < kept) continue;
    const end = endOfBlock(code, index + opening.length);
    built += text.slice(kept, index);
    tests += text.slice(index, end);
    kept = end;
  }
  return { built: built + text.slice(kept), tests };
}

/** After the brace that closes a block. */
function endOfBlock(code: string, from: number): number {
  const brace = /[{}]/g;
  brace.lastIndex = from;
  let depth = 1;
  for (let match = brace.exec(code); match; match = brace.exec(code)) {
    depth += match[0] === '{' ? 1 : -1;
    if (depth === 0) return brace.lastIndex;
  }
  return code.length;
}
