// Documents with the licences of what others have written: for what the build puts into dist/, and for what
// the native engine is compiled from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Apache-2.0 without a name in it, for packages that come without a text. */
const bareTexts = { 'Apache-2.0': 'node_modules/typescript/LICENSE.txt' };

/** The npm packages that files of a bundle are from, in order, with what each says of its licence. */
export function packagesOf(files, root) {
  const directories = new Set(
    files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  return [...directories]
    .map((directory) => packageIn(join(root, directory), root))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function packageIn(directory, root) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  );
  const texts = readdirSync(directory)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => textOf(join(directory, file)));
  if (texts.length > 0) return { name, version, license, texts };
  const bare = bareTexts[license];
  if (bare === undefined) throw new Error(`${name} comes without the text of its licence`);
  const by = author?.name ?? author;
  return { name, version, license, texts: [`Copyright ${by}\n\n${textOf(join(root, bare))}`] };
}

/** A licence as it is written on every system. */
export function textOf(file) {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim();
}

/** A page in Markdown: a table of packages `{ name, version, license, texts }`, and each text once. */
export function licencesPage({ title, about, kind, packages }) {
  const byText = new Map();
  for (const { name, texts } of packages) {
    for (const text of texts) byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const rows = packages.map(
    ({ name, version, license }) => `| ${name} | ${version} | ${license} |`,
  );
  const parts = [...byText].map(
    ([text, names]) => `## ${names.join(', ')}\n\n\`\`\`\n${text}\n\`\`\``,
  );
  const table = [`| ${kind} | version | licence |`, '|---|---|---|', ...rows].join('\n');
  return `# ${title}\n\n${about}\n\n${table}\n\n${parts.join('\n\n')}\n`;
}
