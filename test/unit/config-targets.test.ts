import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractRequests } from '../../src/config/requests.js';
import { targetSpecs } from '../../src/config/targets.js';
import { mistakeOf, projectOf } from '../helpers/project.js';

const start = { command: ['node', 'x.js', '{port}'] };
const url = 'http://127.0.0.1:8080';
const put = { method: 'PUT', path: '/{key}', body: '{value}' };
const get = { path: '/{key}', expect: { body: '{value}' } };

const specsOf = async (config: object) => targetSpecs(await projectOf(JSON.stringify(config)));

test('targets come in the order of the file, with where they stand', async () => {
  const project = await projectOf(
    JSON.stringify({ targets: { b: { start, dir: 'x' }, a: { url } } }),
  );
  const specs = targetSpecs(project);
  expect([...specs.keys()]).toEqual(['b', 'a']);
  const b = specs.get('b');
  expect(b).toMatchObject({ name: 'b', dir: join(project.dir, 'x'), contract: false });
  expect(specs.get('a')?.dir).toBe(project.dir);
  expect(b?.place('start', 'command')).toBe('kvbench.config.json:1:27, targets.b.start.command');
  // What is left out stands nowhere.
  expect(b?.place('stop', 'timeoutMs')).toBe('kvbench.config.json:1:13, targets.b');
  expect(b?.place('start', 'port')).toBe('kvbench.config.json:1:18, targets.b.start');
});

test('a request stands with its target, or with the file', async () => {
  const requests = { put, get };
  const own = { targets: { a: { url, requests }, b: { url } }, requests };
  const specs = await specsOf(own);
  expect(specs.get('a')?.requestPlace('get')).toMatch(/:1:\d+, targets\.a\.requests\.get$/);
  expect(specs.get('b')?.requestPlace('get')).toMatch(/:1:\d+, requests\.get$/);
  const bare = (await specsOf({ targets: { a: { url } } })).get('a');
  expect(bare?.requestPlace('get')).toMatch(/, targets\.a$/);
});

describe('requests', () => {
  test("are the target's own, or the file's, or those of the contract", async () => {
    const own = { targets: { a: { url, requests: { put } }, b: { url } }, requests: { put, get } };
    const named = (set: { requests: { name: string }[] } | undefined) =>
      set?.requests.map(({ name }) => name);
    const specs = await specsOf(own);
    expect(named(specs.get('a')?.requests)).toEqual(['put']);
    expect(named(specs.get('b')?.requests)).toEqual(['put', 'get']);
    for (const contract of [true, false]) {
      const bare = (await specsOf({ targets: { a: { url, contract } } })).get('a');
      expect(bare).toMatchObject({ contract });
      expect(bare?.requests).toBe(contractRequests);
    }
  });

  test('preload and read back as the target says', async () => {
    const requests = { put, get, again: get, other: put };
    const roles = async (target: object) =>
      (await specsOf({ targets: { a: { url, ...target } }, requests })).get('a')?.requests;
    expect(await roles({})).toMatchObject({ preload: 'put', readBack: 'get' });
    const said = { preload: 'other', readBack: 'again' };
    expect(await roles(said)).toMatchObject(said);
  });
});

describe('what contradicts itself', () => {
  const a = (target: object) => ({ targets: { a: target } });
  test.each([
    [{ targets: { rust: { url } } }, 'targets.rust has a name that kvbench itself uses.'],
    [{ targets: { 'null-x': { url } } }, 'targets.null-x has a name that kvbench itself uses.'],
    [a({}), 'targets.a has neither start nor url.'],
    [a({ start, url }), 'targets.a.url stands beside start.'],
    [a({ build: { command: ['make'] } }), 'targets.a has a build, but no start.'],
    [a({ url, build: { command: ['make'] } }), 'targets.a.build stands beside url.'],
    [a({ url, stop: {} }), 'targets.a.stop stands beside url.'],
    [a({ start, pid: 5 }), 'targets.a.pid stands beside start.'],
    [a({ start, pidFile: 'x' }), 'targets.a.pidFile stands beside start.'],
    [a({ url, pid: 5, pidFile: 'x' }), 'targets.a.pidFile stands beside pid.'],
    [
      a({ start: { command: 'node x' } }),
      'targets.a.start.command is a text. Give an argument list, as ["node", "server.js"], or a text with shell: true.',
    ],
    [
      a({ start: { ...start, shell: true } }),
      'start.command is an argument list, and shell is true.',
    ],
    [a({ start: { command: [''] } }), 'targets.a.start.command names no program.'],
    [a({ start: { command: ' ', shell: true } }), 'targets.a.start.command names no program.'],
    [a({ start, build: { command: 'make' } }), 'targets.a.build.command is a text.'],
    [a({ url, preload: 'post' }), 'targets.a.preload names a request, but there are none.'],
    [
      { ...a({ url, preload: 'post' }), requests: { put } },
      'targets.a.preload names post, and no request. There are: put.',
    ],
    [
      { ...a({ url, preload: 'get' }), requests: { put, get } },
      'preload names get, which stores nothing.',
    ],
    [
      { ...a({ url, readBack: 'put' }), requests: { put, get } },
      'readBack names put, which expects no {value}.',
    ],
    [
      { ...a({ url }), requests: { get } },
      'requests.get.expect waits for a {value}, but no request stores one.',
    ],
    [a({ url, requests: { get } }), 'targets.a.requests.get.expect waits for a {value}'],
    [
      a({ url, requests: { put, get: { ...get, missing: { body: '{value}' } } } }),
      'targets.a.requests.get.missing waits for the {value} of a key that was never stored.',
    ],
  ])('%j', async (config, told) => {
    const mistake = await mistakeOf(() => specsOf(config));
    expect(mistake).toMatch(/^kvbench\.config\.json:1:\d+, /);
    expect(mistake).toContain(told);
  });

  test.each([[{ command: 'node x.js {port} | cat', shell: true }], [{ command: ['node', ''] }]])(
    '%j is fine',
    async (command) => {
      expect((await specsOf(a({ start: command }))).size).toBe(1);
    },
  );
});
