import { z } from 'zod';
import { resultSchema, schemaVersion } from './schema.js';

/** The published JSON Schema of a result, as the text of its file. */
export function resultJsonSchema(): string {
  const schema = {
    title: `kvbench result, version ${schemaVersion}`,
    ...z.toJSONSchema(resultSchema, { target: 'draft-2020-12' }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
