// Writes the published JSON Schemas from the one source of truth, the zod schemas in src/.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/config/json-schema.js';
import { resultKinds } from '../dist/report/kinds/index.js';
import { jsonSchemaOf } from '../dist/report/kinds/json-schema.js';

const config = { name: 'config.schema.json', text: configJsonSchema() };
for (const { name, text } of [config, ...resultKinds.map(jsonSchemaOf)]) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), text);
}
