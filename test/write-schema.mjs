// Writes the published JSON Schema from the one source of truth in src/result/schema.ts.
import { writeFileSync } from 'node:fs';
import { resultJsonSchema } from '../dist/result/json-schema.js';

writeFileSync(new URL('../schema/result-v3.schema.json', import.meta.url), resultJsonSchema());
