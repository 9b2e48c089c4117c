// Writes the published JSON Schemas from the one source of truth, the zod schemas in src/.
import { writeFileSync } from 'node:fs';
import { configJsonSchema, jsonSchemaOf, resultKinds } from '../dist/internals.js';

const config = { name: 'config.schema.json', text: configJsonSchema() };
for (const { name, text } of [config, ...resultKinds.map(jsonSchemaOf)]) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), text);
}
