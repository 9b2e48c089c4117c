import { distance } from 'fastest-levenshtein';

/** What is filled in where a server is started. */
export const placeholderNames = ['port', 'addr', 'port2', 'tmp', 'artifact', 'workers'] as const;
export type PlaceholderName = (typeof placeholderNames)[number];
export type PlaceholderValues = Record<PlaceholderName, string>;

/** A word in braces; `${word}` is the shell's, `{{word}}` some template's. */
const pattern = /(?<![${])\{([A-Za-z]\w*)\}(?!\})/g;

const isOurs = (word: string): word is PlaceholderName =>
  placeholderNames.includes(word as PlaceholderName);

/** Our placeholders in a text. */
export function placeholdersIn(text: string): PlaceholderName[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word).filter(isOurs);
}

/** The first placeholder that is none of ours, as `{Port}`. */
export function unknownPlaceholder(text: string): string | null {
  return [...text.matchAll(pattern)].find(([, word = '']) => !isOurs(word))?.[0] ?? null;
}

/**
 * The first that was surely meant to be one of ours, as `{Port}` or `{prt}`: in the configuration
 * of a server other words in braces mean something to the server.
 */
export function misspeltPlaceholder(text: string): string | null {
  const isNear = (word: string) =>
    !isOurs(word) && placeholderNames.some((name) => distance(name, word.toLowerCase()) <= 1);
  return [...text.matchAll(pattern)].find(([, word = '']) => isNear(word))?.[0] ?? null;
}

/** The text with our placeholders filled in. */
export function fill(text: string, values: PlaceholderValues): string {
  return text.replace(pattern, (whole, word: string) => (isOurs(word) ? values[word] : whole));
}

/**
 * What finds a line that a server prints, and its port: `{port}` and `{addr}` stand for where it
 * listens, and everything else for itself.
 */
export function linePattern(template: string): RegExp {
  const parts = template.split(/(\{port\}|\{addr\})/);
  const source = parts.map((part) => {
    if (part === '{port}') return '(?<port>\\d{1,5})(?!\\d)';
    if (part === '{addr}') return '\\S*?:(?<port>\\d{1,5})(?!\\d)';
    return part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(source.join(''));
}

/** Whether a line tells where the server listens. */
export function tellsPort(template: string): boolean {
  return /\{port\}|\{addr\}/.test(template);
}
