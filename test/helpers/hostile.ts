import type { z } from 'zod';

/** Texts that would act on a page, a terminal or a reader, if anything let them. */
const hostileTexts = [
  '<script>window.owned=1;alert(1)</script>',
  '"><img src=x onerror="window.owned=1;alert(1)">',
  "'><svg/onload=alert(1)> javascript:alert(1)",
  'a\u202eevil\u202c\u2066x\u2069',
  'nul\u0000bell\u0007esc\u001b[2Jdel\u007f',
  'שלום 123 عالم',
  ']]></style></title></textarea><!-- &amp; {{x}} ‮',
  '\ud800 lone',
];

/**
 * A document with such a text in every string that its schema leaves free, names of properties
 * apart; and how many those are.
 */
export function hostile<T>(document: T, schema: z.ZodType<T>): { document: T; count: number } {
  let current = structuredClone(document);
  let count = 0;
  for (const path of stringPaths(current)) {
    const changed = structuredClone(current);
    set(changed, path, hostileTexts[count % hostileTexts.length] as string);
    if (!schema.safeParse(changed).success) continue;
    current = changed;
    count++;
  }
  return { document: current, count };
}

type Path = (string | number)[];

function stringPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => stringPaths(item, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => stringPaths(item, [...path, key]));
}

function set(root: unknown, path: Path, text: string): void {
  let at = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  at[path.at(-1) as string | number] = text;
}
