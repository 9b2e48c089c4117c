import { expect, test } from 'vitest';
import { readStat } from '../../src/processes/process-tree.js';
import { statFields } from '../../src/stat-fields.js';
import {
  fill,
  linePattern,
  misspeltPlaceholder,
  placeholderNames,
  placeholdersIn,
  unknownPlaceholder,
} from '../../src/targets/placeholders.js';
import { checkPorts } from '../../src/targets/ports.js';
import { parseListeners } from '../../src/targets/sockets.js';

test.each(['node', 'a name', '(in) parentheses', ') Z 1 1 (', ''])(
  'the fields after %j',
  (name) => {
    expect(statFields(`42 (${name}) S 1 2 3 0`)).toEqual(['S', '1', '2', '3', '0']);
  },
);

test.runIf(process.platform === 'linux')('a process is known by pid and start', () => {
  const own = readStat(process.pid);
  expect(own).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(own?.startTicks).toBeGreaterThan(0);
  expect(readStat(2 ** 30)).toBeNull();
});

test('listening sockets of /proc/net/tcp', () => {
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (address: string, state: string, inode: number) =>
    `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  const text =
    head +
    row('0100007F:1F90', '0A', 11) +
    row('0100007F:1F91', '01', 12) +
    row('00000000000000000000000001000000:0050', '0A', 13) +
    row('00000000000000000000000000000000:0051', '0A', 14);
  expect(parseListeners(text)).toEqual([
    { address: '127.0.0.1', port: 8080, inode: '11' },
    { address: '::1', port: 80, inode: '13' },
    { address: '::', port: 81, inode: '14' },
  ]);
  expect(parseListeners('')).toEqual([]);
});

test.each([
  ['--port={port}', ['port'], null],
  ['{addr}{tmp}/{artifact} {workers}', ['addr', 'tmp', 'artifact', 'workers'], null],
  ['{Port}', [], '{Port}'],
  ['$' + '{port} {{port}} { port } {"a":1} {}', [], null],
  ['{port} {host}', ['port'], '{host}'],
])('placeholders in %s', (text, names, unknown) => {
  expect(placeholdersIn(text)).toEqual(names);
  expect(unknownPlaceholder(text)).toBe(unknown);
});

test.each([
  ['{prt}', '{prt}'],
  ['{PORT}', '{PORT}'],
  ['{host} {uri} {port}', null],
])('misspelt in the file %s', (text, found) => expect(misspeltPlaceholder(text)).toBe(found));

test('what is filled in is never looked at again', () => {
  const values = Object.fromEntries(placeholderNames.map((name) => [name, '{tmp}{port}']));
  const filled = fill('{port}-{tmp}', values as Parameters<typeof fill>[1]);
  expect(filled).toBe('{tmp}{port}-{tmp}{port}');
});

test.each([
  ['on {port}', 'now on 8080, ok', '8080'],
  ['at http://{addr}/', 'at http://[::]:90/', '90'],
  ['{addr}', 'INFO 0.0.0.0:7000', '7000'],
  ['(a+b) {port}', 'say (a+b) 1', '1'],
  ['on {port}', 'on 123456', undefined],
  ['on {port}', 'off 1', undefined],
])('the line %s in %s', (template, line, port) => {
  expect(linePattern(template).exec(line)?.groups?.['port']).toBe(port);
});

const onPort = (name: string, port: number | null) => ({
  name,
  fixedPort: port === null ? null : { port, place: `place of ${name}` },
});

test.each([
  ['none', [onPort('a', null), onPort('b', null)], null],
  ['two', [onPort('a', 80), onPort('b', 81)], null],
  [
    'one port',
    [onPort('a', 80), onPort('c', null), onPort('b', 80)],
    /^a and b both want port 80 \(place of a; place of b\)\.$/,
  ],
  [
    'the same twice',
    [onPort('a', 80), onPort('a', 80)],
    /^a runs twice, and both want port 80 \(place of a\)\.$/,
  ],
])('fixed ports: %s', (_, targets, message) => {
  const check = () => checkPorts(targets);
  if (message === null) check();
  else
    expect(check).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
    );
});
