import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { maxWorkers } from '../../src/config/limits.js';
import { packagePath } from '../../src/package.js';

/** What the constants of a file are worth, by their names in camel case; times in ms. */
function constantsIn(file: string, line: RegExp): Record<string, number> {
  const text = readFileSync(packagePath(file), 'utf8');
  const values: Record<string, number> = {};
  for (const [, name = '', expression = ''] of text.matchAll(line)) {
    const camel = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    values[name === name.toUpperCase() ? camel : name] = worthOf(expression, values);
  }
  return values;
}

/** Numbers, times, what was named before, and one operator between two of them. */
function worthOf(expression: string, known: Record<string, number>): number {
  const seconds = /^(?:Duration::from_secs\((\d+)\)|(\d+) \* time\.Second)$/.exec(expression);
  if (seconds) return Number(seconds[1] ?? seconds[2]) * 1000;
  const ms = /^(?:Duration::from_millis\((\d+)\)|(\d+) \* time\.Millisecond)$/.exec(expression);
  if (ms) return Number(ms[1] ?? ms[2]);
  const operand = (text: string) =>
    /^\d+$/.test(text)
      ? Number(text)
      : (known[text.startsWith('MAX') ? 'maxBody' : text] as number);
  const [, left = '', operator = '', right = ''] = /^(\w+) (<<|-) (\w+)$/.exec(expression) ?? [];
  if (operator === '<<') return operand(left) * 2 ** operand(right);
  return operator === '-' ? operand(left) - operand(right) : operand(expression);
}

const rust = constantsIn('rust-kv/src/limits.rs', /^pub\(crate\) const (\w+): \w+ = (.+);$/gm);
const go = constantsIn('go-kv/limits.go', /^\t(\w+) += (.+)$/gm);

test('both bundled servers grant a client the same', () => {
  expect(go).toEqual(rust);
  expect(rust).toMatchObject({ maxWorkers: 512, maxBody: 2 ** 20, idle: 75_000, drain: 3000 });
  expect(Object.values(rust).every(Number.isFinite)).toBe(true);
  expect(rust['maxWorkers']).toBe(maxWorkers);
});
