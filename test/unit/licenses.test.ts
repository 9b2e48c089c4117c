import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';

test('the licences that travel are those of the crates that are locked', () => {
  const lock = readFileSync(packagePath('rust-load/Cargo.lock'), 'utf8');
  const locked = [...lock.matchAll(/name = "(.*)"\nversion = "(.*)"\nsource/g)];
  const table = readFileSync(packagePath('rust-load/LICENSES.md'), 'utf8');
  const listed = [...table.matchAll(/^\| (?!crate)(\S+) \| (\S+) \| (.+) \|$/gm)];
  const named = (match: RegExpMatchArray) => `${match[1]} ${match[2]}`;
  expect(locked.length).toBeGreaterThan(10);
  // Run `node test/write-licenses.mjs` where they are not.
  expect(listed.map(named)).toEqual(locked.map(named));
  for (const [, name, , license] of listed) {
    expect(`${name}: ${license}`).toMatch(/MIT|Zlib|BSD|Unlicense/);
    expect(table).toMatch(new RegExp(`^## .*\\b${name}\\b`, 'm'));
  }
});
