import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseEngine } from '../../src/api/engine.js';
import type { OnEvent } from '../../src/api/events.js';
import { userPaths } from '../../src/api/paths.js';
import { ownTarget } from '../../src/targets/own.js';
import { aSpec } from '../helpers/own.js';

const workshop = (cacheDir: string, onEvent: OnEvent = () => {}) => ({
  cacheDir,
  onEvent,
  signal: new AbortController().signal,
});
/** Where the tests have had it built. */
const built = () => workshop(userPaths(process.env).cache);

test('auto is the native engine where it can be had', async () => {
  const { choice, engine, warnings } = await chooseEngine({ engine: 'auto' }, [], built());
  expect(choice).toMatchObject({ name: 'native', executable: expect.stringMatching(/rust-load$/) });
  expect(engine.name).toBe('native');
  expect(warnings).toEqual([]);
});

test('undici is what somebody asked for, and no reason to warn', async () => {
  const { choice, warnings } = await chooseEngine({ engine: 'undici' }, [], built());
  expect([choice, warnings]).toEqual([{ name: 'undici' }, []]);
});

describe('without cargo', () => {
  const { PATH } = process.env;
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kvbench-engine-'));
    process.env['PATH'] = dir;
  });
  afterEach(async () => {
    process.env['PATH'] = PATH;
    await rm(dir, { recursive: true });
  });

  test('auto goes on with undici, and says why and what that costs', async () => {
    const { choice, warnings } = await chooseEngine({ engine: 'auto' }, [], workshop(dir));
    expect(choice).toEqual({ name: 'undici' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(/needs cargo.* none on the PATH, so undici .* CPU/);
    expect(warnings[0]?.advice).toMatch(/rustup\.rs, or give --engine undici/);
  });

  test('native, asked by its name, is an error of the target kind', async () => {
    await expect(chooseEngine({ engine: 'native' }, [], workshop(dir))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('needs cargo'),
      hint: expect.not.stringContaining('--targets'),
    });
  });
});

describe('a server that speaks https', () => {
  const target = ownTarget(aSpec({ url: 'https://127.0.0.1:1' }, '/'), { allowRemote: false });

  test('is loaded by undici, with a word on it', async () => {
    const { choice, warnings } = await chooseEngine({ engine: 'auto' }, [target], built());
    expect(choice.name).toBe('undici');
    expect(warnings[0]?.message).toContain('does not speak https, which mine does');
  });

  test('can be asked of no native engine', async () => {
    const chosen = chooseEngine({ engine: 'native' }, [target], built());
    await expect(chosen).rejects.toMatchObject({ exitCode: 2 });
  });
});
