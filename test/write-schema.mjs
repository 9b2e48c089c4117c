// Writes the published JSON Schemas from the one source of truth, the zod schemas in src/.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/config/json-schema.js';
import { costsJsonSchema } from '../dist/costs/schema.js';
import { gateJsonSchema } from '../dist/gate/schema.js';
import { resultJsonSchema } from '../dist/result/json-schema.js';
import { sweepJsonSchema } from '../dist/sweep/schema.js';

const write = (name, text) => writeFileSync(new URL(`../schema/${name}`, import.meta.url), text);
write('result-v6.schema.json', resultJsonSchema());
write('config.schema.json', configJsonSchema());
write('gate-v1.schema.json', gateJsonSchema());
write('sweep-v3.schema.json', sweepJsonSchema());
write('costs-v1.schema.json', costsJsonSchema());
