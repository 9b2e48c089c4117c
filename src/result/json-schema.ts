import { jsonSchemaText } from '../json-schema.js';
import { resultSchema, schemaVersion } from './schema.js';

/** The published JSON Schema of a result, as the text of its file. */
export function resultJsonSchema(): string {
  return jsonSchemaText(`kvbench result, version ${schemaVersion}`, resultSchema);
}
