import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordedRequests } from '../../src/api/recorded.js';
import { maskedRequests, withoutQuery } from '../../src/config/mask.js';
import { contractRequests, type RequestSpec } from '../../src/config/requests.js';

const request = (changes: Partial<RequestSpec>): RequestSpec => ({
  ...(contractRequests.requests[0] as RequestSpec),
  ...changes,
});
const setOf = (changes: Partial<RequestSpec>) => ({
  ...contractRequests,
  requests: [request(changes)],
});
const masked = (changes: Partial<RequestSpec>) =>
  maskedRequests(setOf(changes), (name, value) => `<${name}:${value.length}>`).requests[0];

describe('what is kept of a request', () => {
  test.each<[Partial<RequestSpec>, Partial<RequestSpec>]>([
    [
      { headers: { Authorization: 'Bearer s3cret', Accept: 'text/plain', 'X-Key': '{key}' } },
      {
        headers: { Authorization: '<authorization:13>', Accept: 'text/plain', 'X-Key': '{key}' },
      },
    ],
    [{ headers: { 'x-half': 'id-{key}' } }, { headers: { 'x-half': '<x-half:8>' } }],
    [
      { path: '/a?token=abc&key={key}&plain&b=1=2?3' },
      { path: '/a?token=<token:3>&key={key}&<:5>&b=<b:5>' },
    ],
    [{ path: '/a/{key|url}?' }, { path: '/a/{key|url}?' }],
    [
      { body: '{"user":"me","n":[1,"x",null],"value":"{value}"}' },
      { body: '{"user":"<user:2>","n":[1,"<n:1>",null],"value":"{value}"}' },
    ],
    [
      { body: 'password=abc&value={value|url}' },
      { body: 'password=<password:3>&value={value|url}' },
    ],
    [{ body: '<pin>1234</pin><v>{value}</v>' }, { body: '<:18>{value}<:4>' }],
    [{ body: '{key}={value}' }, { body: '{key}={value}' }],
    [{ body: '{key}, {value|base64}' }, { body: '{key}, {value|base64}' }],
    [{ body: 's3cret' }, { body: '<:6>' }],
  ])('%j', (given, kept) => expect(masked(given)).toEqual(request({ ...given, ...kept })));

  test('is all of the contract', () => {
    expect(maskedRequests(contractRequests, () => 'masked')).toEqual(contractRequests);
  });

  test.each([
    ['GET /a?token=abc: status 401', 'GET /a?…: status 401'],
    ['GET /a?t=1:2&u=3: was: x', 'GET /a?…: was: x'],
    ['GET /a: status 401, is it /b?x=1', 'GET /a: status 401, is it /b?x=1'],
    ['requests found no connection', 'requests found no connection'],
  ])('an error %j', (text, shown) => expect(withoutQuery(text)).toBe(shown));
});

describe('the key of what is masked', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kvbench-mask-'));
  });
  afterEach(() => rm(dir, { recursive: true }));
  const secret = setOf({ headers: { authorization: 'Bearer s3cret' } });
  const recorded = (env: Record<string, string>) =>
    recordedRequests(secret, env).requests[0]?.headers['authorization'] ?? '';

  test('is made once, for the user alone', async () => {
    const env = { XDG_STATE_HOME: dir };
    const first = recorded(env);
    expect(first).toMatch(/^masked:[\da-f]{8}:[\da-f]{16}$/);
    expect(recorded(env)).toBe(first);
    const file = join(dir, 'kvbench/mask.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file)).toHaveLength(32);
    const other = recordedRequests(setOf({ headers: { authorization: 'x' } }), env).requests[0];
    expect(other?.headers['authorization']?.slice(0, 16)).toBe(first.slice(0, 16));
    expect(other?.headers['authorization']).not.toBe(first);
  });

  test('of two users, or machines, gives two masks, unless they are given one', () => {
    const [a, b] = [{ XDG_STATE_HOME: join(dir, 'a') }, { XDG_STATE_HOME: join(dir, 'b') }];
    expect(recorded(a).slice(0, 15)).not.toBe(recorded(b).slice(0, 15));
    const key = { KVBENCH_MASK_KEY: 'k'.repeat(32) };
    expect(recorded({ ...a, ...key })).toBe(recorded({ ...b, ...key }));
    expect(() => recorded({ KVBENCH_MASK_KEY: 'short' })).toThrow('could be guessed');
  });

  test('that can be kept nowhere is one for this time', async () => {
    await writeFile(join(dir, 'file'), '');
    const env = { XDG_STATE_HOME: join(dir, 'file') };
    expect(recorded(env)).toMatch(/^masked:/);
    expect(recorded(env)).not.toBe(recorded(env));
  });

  test('is not needed where nothing is masked', async () => {
    recordedRequests(contractRequests, { XDG_STATE_HOME: dir });
    await expect(stat(join(dir, 'kvbench'))).rejects.toThrow();
  });
});
