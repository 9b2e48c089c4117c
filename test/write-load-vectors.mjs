// Writes fixtures/load/*.json: what both load engines must compute alike, as TypeScript computes it.
//
//   node test/write-load-vectors.mjs && npx vitest run test/unit/load-vectors.test.ts
//   cd rust-load && cargo test
import { mkdirSync, writeFileSync } from 'node:fs';
import { createJiti } from 'jiti';

const { loadVectors } = await createJiti(import.meta.url).import('./helpers/load-vectors.ts');
const directory = new URL('../fixtures/load/', import.meta.url);
mkdirSync(directory, { recursive: true });
for (const [name, vectors] of Object.entries(loadVectors())) {
  writeFileSync(new URL(`${name}.json`, directory), `${JSON.stringify(vectors, null, 1)}\n`);
}
