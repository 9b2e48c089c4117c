import { jsonSchemaText } from '../json-schema.js';
import { configFileSchema } from './file-schema.js';

/** The published JSON Schema of the config file, as the text of its file; draft 7 is what editors know. */
export function configJsonSchema(): string {
  return jsonSchemaText('kvbench config', configFileSchema, { target: 'draft-7', io: 'input' });
}
