// Writes rust-load/LICENSES.md: the licences of the crates that the native engine is built from.
//
//   node test/write-licenses.mjs && npx vitest run test/unit/licenses.test.ts
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licencesPage, textOf } from '../src/licences.mjs';

const crate = fileURLToPath(new URL('../rust-load/', import.meta.url));
const args = ['metadata', '--format-version', '1', '--locked'];
const output = execFileSync('cargo', args, { cwd: crate, maxBuffer: 2 ** 28, encoding: 'utf8' });
const packages = JSON.parse(output).packages.filter(({ source }) => source !== null);

/** The texts that come with a crate: MIT where that is one to choose, and all that must be added. */
function textsOf({ manifest_path, license, name }) {
  const directory = dirname(manifest_path);
  const files = readdirSync(directory).filter((file) =>
    /^(licen[cs]e|copying|unlicense)/i.test(file),
  );
  const wanted = files.filter((file) => /mit/i.test(file) || / AND /.test(license));
  const chosen = wanted.length > 0 ? wanted : files;
  if (chosen.length === 0) throw new Error(`${name} comes without the text of its licence`);
  return chosen
    .filter((file) => !/apache/i.test(file) || chosen.length === 1)
    .map((file) => textOf(join(directory, file)));
}

writeFileSync(
  join(crate, 'LICENSES.md'),
  licencesPage({
    title: 'Licences of what rust-load is built from',
    about:
      'Written by `test/write-licenses.mjs`. cargo downloads these crates; none of them is in this package.',
    kind: 'crate',
    packages: packages.map((one) => ({ ...one, texts: textsOf(one) })),
  }),
);
