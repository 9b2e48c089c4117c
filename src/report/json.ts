/** Any value as people and programs read it: indented JSON that ends its last line. */
export function reportJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
