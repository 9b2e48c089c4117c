// Writes rust-load/LICENSES.md: the licences of the crates that the native engine is built from.
//
//   node test/write-licenses.mjs && npx vitest run test/unit/licenses.test.ts
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
    .map((file) => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim());
}

const byText = new Map();
for (const crate of packages) {
  for (const text of textsOf(crate)) byText.set(text, [...(byText.get(text) ?? []), crate]);
}
const rows = packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
const parts = [...byText].map(
  ([text, crates]) => `## ${crates.map(({ name }) => name).join(', ')}\n\n\`\`\`\n${text}\n\`\`\``,
);
writeFileSync(
  join(crate, 'LICENSES.md'),
  `# Licences of what rust-load is built from\n\nWritten by \`test/write-licenses.mjs\`. cargo downloads these crates; none of them is in this package.\n\n| crate | version | licence |\n|---|---|---|\n${rows.join('\n')}\n\n${parts.join('\n\n')}\n`,
);
