import * as z from 'zod';

/** The published JSON Schema of a document, as the text of its file. */
export function jsonSchemaText(
  title: string,
  schema: z.ZodType,
  options: z.core.ToJSONSchemaParams = { target: 'draft-2020-12' },
): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, options) }, null, 2)}\n`;
}
