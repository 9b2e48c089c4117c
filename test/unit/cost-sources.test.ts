import { describe, expect, test } from 'vitest';
import { cratesOf, featuresOf } from '../../src/costs/dependencies/cargo.js';
import { crateFiles, holds, modulesOf } from '../../src/costs/dependencies/crate-files.js';
import { modulesOf as goModulesOf } from '../../src/costs/dependencies/go.js';
import { isTest } from '../../src/costs/dependencies/manager.js';
import { packagePath } from '../../src/package.js';

test.each([
  ['src/main.rs', false],
  ['src/store/tests.rs', true],
  ['tests/http.rs', true],
  ['handler_test.go', true],
  ['latest.go', false],
  ['src/app.test.ts', true],
  ['src/contest.ts', false],
  ['spec/app_spec.rb', true],
  ['app/test_app.py', true],
])('%s is a test: %s', (file, is) => {
  expect(isTest(file)).toBe(is);
});

test('crates of a tree, once each, and the features of the first', () => {
  const text =
    'mine v0.1.0 (/src/my own) default,on-hyper\nbytes v1.2.0 std\nserde v1.0.9 (proc-macro) \nbytes v1.2.0 std (*)\n';
  expect(cratesOf(text)).toEqual(['mine 0.1.0', 'bytes 1.2.0', 'serde 1.0.9']);
  expect(featuresOf(text)).toEqual(['default', 'on-hyper']);
  expect(featuresOf('mine v0.1.0 (/src/mine) \n')).toEqual([]);
});

test('modules of Go by their packages', () => {
  const text =
    'a.b/c|v1.0.0|false|/go/c|one.go,two.go\na.b/c|v1.0.0|false|/go/c/asm|\nd|v2|true|/go/d|d.go\n';
  expect(goModulesOf(text)).toEqual([
    {
      name: 'a.b/c',
      version: 'v1.0.0',
      isDirect: true,
      licence: null,
      files: ['/go/c/one.go', '/go/c/two.go'],
    },
    { name: 'd', version: 'v2', isDirect: false, licence: null, files: ['/go/d/d.go'] },
  ]);
});

describe('what of a crate is compiled', () => {
  const facts = new Set(['unix', 'target_os="linux"', 'feature="on-hyper"']);

  test.each([
    ['unix', true],
    ['test', false],
    ['not(test)', true],
    ['target_os = "linux"', true],
    ['any(windows, feature = "on-hyper")', true],
    ['all(unix, any(test, not(feature = "on-hyper")))', false],
    ['any(\n    test,\n    not(any(feature = "a", feature = "b",)),\n)', true],
    ['all()', true],
    ['any()', false],
  ])('%s: %s', (condition, is) => {
    expect(holds(condition, facts)).toBe(is);
  });

  test('modules with a file whose conditions hold', () => {
    const text = `
      mod a;
      pub(crate) mod b;
      #[cfg(test)]
      mod c;
      #[allow(dead_code)]
      // Why.
      #[cfg(feature = "on-hyper")]
      pub mod d;
      // mod e;
      mod f { fn g() {} }
    `;
    expect(modulesOf(text, facts)).toEqual(['a', 'b', 'd']);
  });

  const server = packagePath('rust-kv');
  const filesWith = (...features: string[]) =>
    crateFiles(server, new Set(features.map((name) => `feature="${name}"`)));
  const stack = (files: Set<string>) =>
    [...files].filter((file) => /^src\/stack\/(?!tokio\/)/.test(file)).toSorted();

  test.each([
    [['stack-actix'], ['actix', 'mod']],
    [['stack-tokio'], ['connections', 'mod', 'threads']],
    [
      ['stack-hyper', 'on-hyper'],
      ['connections', 'http1', 'hyper', 'mod', 'response', 'socket', 'threads'],
    ],
  ])('files of the bundled one with %j', async (features, names) => {
    const files = await filesWith(...features);
    expect(stack(files)).toEqual(names.map((name) => `src/stack/${name}.rs`));
    expect(files.has('src/main.rs')).toBe(true);
    expect(files.has('src/null/request.rs')).toBe(true);
    expect(files.has('src/inject.rs')).toBe(false);
    expect(files.has('src/stack/tokio/head.rs')).toBe(features.includes('stack-tokio'));
  });

  test('the store that is chosen, and no other', async () => {
    const stores = async (...features: string[]) =>
      [...(await filesWith('stack-actix', ...features))]
        .filter((file) => file.startsWith('src/store/'))
        .toSorted();
    expect(await stores()).toEqual(['src/store/dashmap.rs', 'src/store/mod.rs']);
    expect(await stores('store-mutex')).toEqual(['src/store/mod.rs', 'src/store/mutex.rs']);
  });
});
