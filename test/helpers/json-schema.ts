import { Ajv2020 } from 'ajv/dist/2020.js';

/** Says whether a document keeps a published JSON Schema, and in `errors` why not. */
export function validatorOf(schema: object) {
  // It is asked a few times: to make it faster would take longer than all that it does.
  const code = { optimize: false };
  return new Ajv2020({ formats: { 'date-time': true }, code }).compile(schema);
}
