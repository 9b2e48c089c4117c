import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...['docs', 'docs/decisions', 'docs/recipes'].flatMap((dir) =>
    readdirSync(packagePath(dir))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${dir}/${file}`),
  ),
];

const textOf = (page: string) => readFileSync(packagePath(page), 'utf8');

/** What a heading is called in a link, as GitHub has it. */
const anchorsOf = (page: string) =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replace(/ /g, '-'),
  );

test.each(pages)('links of %s lead somewhere', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  for (const link of links.filter((to) => !/^[a-z]+:/.test(to))) {
    const [path = '', anchor] = link.split('#');
    const to = path === '' ? page : join(dirname(page), path);
    expect(existsSync(packagePath(to)), `${link} of ${page}`).toBe(true);
    if (anchor && to.endsWith('.md')) expect(anchorsOf(to), `${link} of ${page}`).toContain(anchor);
  }
});

test('the index names every page', () => {
  const index = textOf('docs/README.md');
  for (const page of readdirSync(packagePath('docs')).filter((file) => file.endsWith('.md'))) {
    if (page !== 'README.md') expect(index).toContain(`(${page})`);
  }
});

test('the tests that contributors are sent to are there', () => {
  const missing: string[] = [];
  for (const row of textOf('CONTRIBUTING.md').matchAll(/^\|.*\|$/gm)) {
    // A name without a folder is of that of the name before.
    let folder = '';
    for (const [, own, name = ''] of row[0].matchAll(/`(test\/\w+\/)?([\w*-]+\.test\.ts)`/g)) {
      folder = own ?? folder;
      const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      const files = readdirSync(packagePath(folder));
      if (!files.some((file) => pattern.test(file))) missing.push(folder + name);
    }
  }
  expect(missing).toEqual([]);
});
