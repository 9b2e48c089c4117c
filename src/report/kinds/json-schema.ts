import { jsonSchemaText } from '../../json-schema.js';
import type { ResultKind } from './kind.js';

/** The published JSON Schema of a kind of result: the name of its file in `schema/`, and the text. */
export function jsonSchemaOf({ jsonSchema, schema, version }: ResultKind): {
  name: string;
  text: string;
} {
  return {
    name: `${jsonSchema.file}-v${version}.schema.json`,
    text: jsonSchemaText(`${jsonSchema.title}, version ${version}`, schema),
  };
}
