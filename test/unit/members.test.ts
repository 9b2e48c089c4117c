import { describe, expect, test } from 'vitest';
import { targetGroups } from '../../src/config/names.js';
import { KvbenchError } from '../../src/errors.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import {
  expandMembers,
  familyOptions,
  memberNamed,
  unlikeBuilds,
} from '../../src/targets/family/members.js';
import { bundledTargets, findTarget } from '../../src/targets/targets.js';

const dirs = { source: '/source', work: '/work' };
const recipeOf = (name: string) => {
  const member = memberNamed(name, bundledTargets);
  if (!member) throw new Error(`${name} is no member`);
  return member.recipe;
};

describe('names', () => {
  test('every option of every family can be named, and is built otherwise or started so', () => {
    for (const [base, options] of Object.entries(familyOptions)) {
      const plain = bundledTargets.find(({ name }) => name === base)?.recipe;
      expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
      for (const { name, description, why } of options) {
        const recipe = recipeOf(`${base}+${name}`);
        expect(recipe.name).toBe(`${base}+${name}`);
        expect(`${description}${why}`).not.toBe('');
        const isOtherFile = JSON.stringify(recipe.flags) !== JSON.stringify(plain?.flags);
        // What is the same file is kept under the same name, and started otherwise.
        expect(isOtherFile).toBe(recipe.startEnv === undefined);
        expect(recipe.builtAs).toBe(isOtherFile ? undefined : base);
        // What decides the file is in its key.
        const command = JSON.stringify([recipe.buildCommand(dirs), recipe.buildEnv(dirs)]);
        const before = JSON.stringify([plain?.buildCommand(dirs), plain?.buildEnv(dirs)]);
        expect(command !== before).toBe(isOtherFile);
      }
    }
  });

  test('options add up, in one order, under the name of what is built', () => {
    expect(expandMembers(['rust+lto+mutex', 'rust', 'mine'])).toEqual([
      ...['rust+mutex+lto', 'rust', 'mine'],
    ]);
    const both = recipeOf('rust+mutex+lto');
    expect(both.buildCommand(dirs)).toContain('--features=store-mutex');
    expect(both.buildEnv(dirs)).toMatchObject({ CARGO_PROFILE_RELEASE_LTO: 'fat' });
    expect(recipeOf('go+mutex+nogc')).toMatchObject({
      builtAs: 'go+mutex',
      startEnv: { GOGC: 'off', GOMEMLIMIT: '1GiB' },
    });
    // In whatever order they are named.
    for (const name of ['rust+axum+mutex', 'rust+mutex+axum']) {
      const flags = ['--no-default-features', '--features=stack-axum', '--features=store-mutex'];
      expect(recipeOf(name).buildCommand(dirs)).toEqual(expect.arrayContaining(flags));
    }
    const native = recipeOf('rust+native').buildEnv(dirs)['CARGO_ENCODED_RUSTFLAGS'];
    expect(native?.split('\x1f')).toEqual([
      ...['--remap-path-prefix=/source=/rust-kv', '--remap-path-prefix=/work=/target'],
      '-Ctarget-cpu=native',
    ]);
    // The last argument is what is built.
    expect(recipeOf('go+shards').buildCommand(dirs).slice(-2)).toEqual(['-tags=store_shards', '.']);
  });

  test('tags stand in one flag, and what a stack needs is fetched beforehand', () => {
    expect(expandMembers(['go+mutex+chi'])).toEqual(['go+chi+mutex']);
    const { buildCommand, flags, fetchCommand, isSource } = recipeOf('go+chi+mutex');
    for (const args of [buildCommand(dirs), flags]) {
      expect(args.filter((arg) => arg.startsWith('-tags'))).toEqual([
        '-tags=stack_chi,store_mutex',
      ]);
      expect(args).toContain('-modfile=chi.mod');
    }
    expect(fetchCommand).toEqual(['go', 'mod', 'download', '-modfile=chi.mod']);
    expect(recipeOf('go+pool+xsync').buildCommand(dirs)).toEqual(
      expect.arrayContaining(['-tags=stack_pool,store_xsync', '-modfile=xsync.mod']),
    );
    // The default is not built again where the version of another changes.
    const files = ['go.mod', 'chi.mod', 'chi.sum', 'gin.mod', 'stack_chi.go', 'wire_test.go'];
    expect(files.filter(isSource)).toEqual(['go.mod', 'chi.mod', 'chi.sum', 'stack_chi.go']);
    expect(files.filter(recipeOf('go+mux').isSource)).toEqual(['go.mod', 'stack_chi.go']);
    expect(recipeOf('go+mux').fetchCommand).toBeNull();
  });

  test('a profile is recorded by a build of the same options, and is handed to the other', () => {
    const tuned = { ...dirs, profile: '/work/profile' };
    for (const name of ['go+pgo+shards+v3', 'go+v3+shards+pgo']) {
      const { buildCommand, builtAs, flags } = recipeOf(name);
      expect(buildCommand(dirs)).toContain('-tags=store_shards,kvprofile');
      expect(buildCommand(tuned)).toEqual(
        expect.arrayContaining(['-tags=store_shards', '-pgo=/work/profile']),
      );
      expect(flags).toContain('pgo');
      expect(builtAs).toBeUndefined();
    }
    const rustFlags = (which: typeof dirs) =>
      recipeOf('rust+pgo+native')
        .buildEnv(which)
        ['CARGO_ENCODED_RUSTFLAGS']?.split('\x1f')
        .slice(2);
    expect(rustFlags(dirs)).toEqual([
      ...['-Ctarget-cpu=native', '-Cprofile-generate=/work/of-build-scripts'],
    ]);
    expect(rustFlags(tuned)).toEqual(['-Ctarget-cpu=native', '-Cprofile-use=/work/profile']);
  });

  test('groups stand for members, the defaults first', () => {
    expect(expandMembers(['stores'])).toEqual([
      ...['rust', 'rust+mutex', 'rust+rwlock', 'rust+shards', 'rust+papaya'],
      ...['go', 'go+mutex', 'go+rwmutex', 'go+shards', 'go+xsync'],
    ]);
    expect(expandMembers(['article'])).toEqual(['rust+tokio+mutex', 'go+pool']);
    expect(expandMembers(['stacks'])).toEqual([
      ...['rust', 'rust+axum', 'rust+hyper', 'rust+warp', 'rust+smol', 'rust+tokio'],
      ...['go', 'go+mux', 'go+chi', 'go+gin', 'go+fasthttp', 'go+pool'],
    ]);
    // A group is one question: what is told apart by it is not there.
    expect(expandMembers(['builds']).join()).not.toMatch(/mutex|chi|axum/);
    // What is tuned by a profile of the load is held against its like.
    expect(expandMembers(['builds', 'all']).join()).not.toContain('pgo');
    for (const group of targetGroups) {
      const names = expandMembers([group]);
      for (const name of names) expect(findTarget(name).name).toBe(name);
      // As many as a run can have.
      expect(names.length).toBeLessThanOrEqual(32);
    }
    expect(expandMembers(['stores', 'go']).filter((name) => name === 'go')).toHaveLength(2);
  });

  test.each([
    ['rust+mutx', 'Did you mean rust+mutex?'],
    ['go+papaya', 'Options: mux, chi, gin, fasthttp, pool, mutex, rwmutex'],
    ['rust+mutex+rwlock', 'Keep one of them.'],
    ['rust+lto+lto', 'Keep one of them.'],
    ['go+nogc+gogc50', 'Keep one of them.'],
    ['go+chi+gin', 'Keep one of them.'],
    ['go+chi+xsync', 'Keep one of them.'],
    ['rust+jemalloc+mimalloc', 'Keep one of them.'],
    ['mine+mutex', 'Targets: rust, go, stacks, stores, builds, article, all.'],
    ['rust+', 'Options: axum'],
  ])('%s is refused', (name, hint) => {
    try {
      findTarget(name);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(KvbenchError);
      expect((error as KvbenchError).hint).toContain(hint);
    }
  });

  test('a null target of a member is its executable without a store', () => {
    expect(findTarget('null-go+shards', bundledTargets, 128)).toMatchObject({
      name: 'null-go+shards',
      contract: false,
    });
  });

  test('thresholds know them', () => {
    expect(parseThreshold('rust+mutex+lto.get.p99>5ms')).toMatchObject({
      subject: { target: 'rust+mutex+lto' },
      operation: 'get',
    });
    expect(parseThreshold('go+shards#2.rss>1GiB')).toMatchObject({
      subject: { target: 'go+shards#2' },
      operation: null,
    });
    expect(parseThreshold('ratio(rust+mutex/go+mutex).p50>1.2')).toMatchObject({
      subject: { target: 'rust+mutex', reference: 'go+mutex' },
    });
  });
});

test('tuned beside untuned is told where languages are compared, and only there', () => {
  expect(unlikeBuilds(['rust+lto', 'go'])[0]?.message).toContain('rust+lto is tuned and go is not');
  expect(unlikeBuilds(['rust', 'go+gogc400#2'])).toHaveLength(1);
  // Tuned to the load itself is more than tuned.
  expect(unlikeBuilds(['go', 'rust+lto', 'rust+pgo', 'go+v3'])).toMatchObject([
    { message: expect.stringContaining('rust+pgo is tuned to such a load as this and go is not') },
  ]);
  expect(unlikeBuilds(['go+pgo', 'rust+lto'])).toHaveLength(1);
  for (const names of [
    ['rust', 'rust+lto'],
    ['rust+lto', 'go+v3'],
    ['rust+pgo', 'go+v3+pgo'],
    ['rust', 'rust+pgo'],
    ['rust+mutex', 'go'],
    ['rust', 'go+fasthttp'],
    ['rust+axum', 'go'],
    ['mine', 'rust+lto'],
  ]) {
    expect(unlikeBuilds(names), names.join()).toEqual([]);
  }
});
