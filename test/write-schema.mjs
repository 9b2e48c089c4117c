// Writes the published JSON Schemas from the one source of truth, the zod schemas in src.
import { writeFileSync } from 'node:fs';
import { gateJsonSchema } from '../dist/gate/schema.js';
import { resultJsonSchema } from '../dist/result/json-schema.js';

const write = (file, text) => writeFileSync(new URL(`../schema/${file}`, import.meta.url), text);
write('result-v3.schema.json', resultJsonSchema());
write('gate-v1.schema.json', gateJsonSchema());
