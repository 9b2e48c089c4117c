import { expect, test } from 'vitest';
import { parseCpuList } from '../../src/observe/machine.js';
import {
  ignoresChildren,
  parseSchedstatCpuNs,
  parseStat,
  statusField,
} from '../../src/observe/proc.js';

const status = 'Name:\tgo-kv\nVmHWM:\t   8120 kB\nVmRSS:\t   7004 kB\nThreads:\t5\n';

test.each([
  ['VmHWM', 8120],
  ['VmRSS', 7004],
  ['Threads', 5],
  ['VmSwap', 0],
])('status has %s %d', (name, value) => expect(statusField(status, name)).toBe(value));

test('schedstat begins with ns on the CPU', () => {
  expect(parseSchedstatCpuNs('53139123 58717 12\n')).toBe(53_139_123);
});

test.each([
  ['go-kv'],
  ['a name with spaces'],
  ['(in) parentheses)'],
  [') 9 9 9 9 9 9 9 9 9 9 ('],
  [''],
])('what is counted of a process named %j', (name) => {
  const stat = `4242 (${name}) S 17 4242 4242 0 -1 4194560 123 7 45 8 30 20 5 6 20 0 5 0 99 1 2\n`;
  expect(parseStat(stat)).toEqual({
    parent: 17,
    startTicks: 99,
    minorFaults: 123,
    childrenMinorFaults: 7,
    majorFaults: 45,
    childrenMajorFaults: 8,
    ownNs: 500_000_000,
    childrenNs: 110_000_000,
  });
});

test.each([
  ['0000000000000000', false],
  ['0000000000010000', true],
  ['fffffffe7ffeffff', false],
])('SIGCHLD in the mask %s: %s', (mask, ignored) => {
  expect(ignoresChildren(`SigBlk:\tffffffffffffffff\nSigIgn:\t${mask}\n`)).toBe(ignored);
});

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
])('CPU list %s', (list, cpus) => expect(parseCpuList(list)).toEqual(cpus));
