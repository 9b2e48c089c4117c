/**
 * Any value as people and programs read it: indented JSON that ends its last line. Texts that GitHub's
 * runner would obey are escaped: to every reader of JSON they are the same.
 */
export function reportJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replaceAll('##[', '##\\u005b')}\n`;
}
