import { describe, expect, test } from 'vitest';
import { isLoopback, rootUrl, shownUrl } from '../../src/config/url.js';

describe('the root of an HTTP server', () => {
  test.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://LOCALHOST', 'http://localhost'],
    ['http://[::1]:1', 'http://[::1]:1'],
    ['https://example.org', 'https://example.org'],
    // As the URL standard has it: the address of this machine, however it is written.
    ['http://0x7f000001:80', 'http://127.0.0.1'],
    ['http://127.1:81', 'http://127.0.0.1:81'],
  ])('%s', (text, origin) => {
    expect(rootUrl(text)?.origin).toBe(origin);
  });

  test.each([
    '',
    'x',
    'localhost:80',
    '127.0.0.1:80',
    '//127.0.0.1',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'http://127.0.0.1:8080/api',
    'http://127.0.0.1/?x=1',
    'http://127.0.0.1/#x',
    'http://me@127.0.0.1',
    'http://me:secret@127.0.0.1',
    'http://127.0.0.1:99999',
  ])('%j is none', (text) => {
    expect(rootUrl(text)).toBeNull();
  });
});

describe('this machine', () => {
  test.each<[text: string, local: boolean]>([
    ['http://127.0.0.1:80', true],
    ['http://127.255.0.9', true],
    ['http://127.1', true],
    ['http://2130706433', true],
    ['http://localhost:80', true],
    ['http://[::1]:80', true],
    ['http://[0:0:0:0:0:0:0:1]', true],
    ['http://0.0.0.0', true],
    ['http://0.0.0.1', false],
    ['http://localhost.', true],
    ['http://[::ffff:127.0.0.1]:80', true],
    ['http://[::ffff:127.9.0.1]:80', true],
    ['http://[::ffff:128.0.0.1]:80', false],
    ['http://[::ffff:10.0.0.1]:80', false],
    ['http://192.168.0.1', false],
    ['http://128.0.0.1', false],
    ['http://[::]', true],
    ['http://[::2]', false],
    // Names that only look like it.
    ['http://127.0.0.1.example.org', false],
    ['http://localhost.example.org', false],
    ['http://my-localhost', false],
    ['http://127.0.0.1@example.org', false],
  ])('%s: %s', (text, local) => {
    expect(isLoopback(new URL(text))).toBe(local);
  });
});

test.each([
  ['http://127.0.0.1:80/a', 'http://127.0.0.1:80/a'],
  ['localhost:80', 'localhost:80'],
  ['http://me:s3cret@127.0.0.1/', 'http://…@127.0.0.1/'],
  ['http://me:s3@cret/@127.0.0.1/', 'http://…@127.0.0.1/'],
  ['me:s3cret@host', '…@host'],
  ['http://host/a?token=s3cret', 'http://host/a?…'],
  ['http://host/?mail=a@b', 'http://…@b'],
])('%s is shown as %s', (text, shown) => expect(shownUrl(text)).toBe(shown));

test('a dot at the end of localhost changes nothing', () => {
  expect(rootUrl('http://localhost.:8080')?.origin).toBe('http://localhost:8080');
});
