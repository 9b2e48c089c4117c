import { expect, test } from 'vitest';
import { plural } from '../../src/plural.js';

test.each([
  [0, '0 rounds'],
  [1, '1 round'],
  [2, '2 rounds'],
  [1.2, '1 round'],
  [10_000, '10,000 rounds'],
])('%d is %s', (count, text) => expect(plural(count, 'round')).toBe(text));
