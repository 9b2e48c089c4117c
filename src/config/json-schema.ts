import { z } from 'zod';
import { configFileSchema } from './file-schema.js';

/** The published JSON Schema of the config file, as the text of its file; draft 7 is what editors know. */
export function configJsonSchema(): string {
  const schema = {
    title: 'kvbench config',
    ...z.toJSONSchema(configFileSchema, { target: 'draft-7', io: 'input' }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
