import { expect, test } from 'vitest';
import { Pulse } from '../../src/load/pulse.js';

const aPulse = () => {
  const pulse = new Pulse(100);
  pulse.begin(0);
  return pulse;
};

test('a server is silent when nothing has come back for longer than any request waits', () => {
  const pulse = aPulse();
  pulse.sent(0);
  pulse.sent(0);
  expect(pulse.isSilent(150)).toBe(false);
  expect(pulse.isSilent(151)).toBe(true);
});

test('an answer to any request is one', () => {
  const pulse = aPulse();
  pulse.sent(0);
  pulse.sent(0);
  pulse.ended(true, 90);
  expect(pulse.isSilent(200)).toBe(false);
  expect(pulse.isSilent(241)).toBe(true);
});

test('a time-out is none, and what is sent after it does not begin anew', () => {
  const pulse = aPulse();
  pulse.sent(0);
  pulse.ended(false, 100);
  pulse.sent(120);
  expect(pulse.isSilent(151)).toBe(true);
});

test('a single late answer among others is no silence', () => {
  const pulse = aPulse();
  pulse.sent(0);
  pulse.ended(false, 100);
  pulse.sent(120);
  pulse.ended(true, 125);
  pulse.sent(125);
  expect(pulse.isSilent(200)).toBe(false);
});

test('while nothing is asked nobody is silent', () => {
  const pulse = aPulse();
  pulse.sent(0);
  pulse.ended(true, 10);
  expect(pulse.isSilent(5000)).toBe(false);
  pulse.sent(5000);
  expect(pulse.isSilent(5100)).toBe(false);
  expect(pulse.isSilent(5151)).toBe(true);
});
