/** Runs a config program on a thread of its own, and tells what it exports as plain data. */
import { parentPort, workerData } from 'node:worker_threads';
import { createJiti } from 'jiti';
import { messageOf } from '../errors.js';
import { packagePath } from '../package.js';
import type { ProgramOutcome } from './program.js';

const deepest = 100;

const tell = (outcome: ProgramOutcome) => parentPort?.postMessage(outcome);
const { exit } = process;
process.exit = (code) => {
  tell({ type: 'exited', code: Number(code ?? process.exitCode ?? 0) });
  return exit(code);
};

const jiti = createJiti(import.meta.url, {
  fsCache: false,
  moduleCache: false,
  // `import { defineConfig } from 'kvbench'` works wherever kvbench itself lies.
  alias: { kvbench: packagePath('dist/index.js') },
});
try {
  const exported: unknown = await jiti.import(workerData as string, { default: true });
  const value: unknown = typeof exported === 'function' ? await exported() : exported;
  const functions: (string | number)[][] = [];
  tell({
    type: 'value',
    value: hasNothing(value) ? undefined : plain(value, [], functions),
    functions,
  });
} catch (error) {
  tell({ type: 'failed', reason: messageOf(error) });
}

/** Without a default export one gets the module itself, which has nothing in it. */
function hasNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Object.prototype.toString.call(value) === '[object Module]';
}

/** A copy with the values of all getters, which may throw, and no functions, which can't be sent. */
function plain(value: unknown, path: (string | number)[], functions: unknown[]): unknown {
  if (path.length > deepest) throw new Error(`its config is nested more than ${deepest} deep`);
  if (typeof value === 'function' || typeof value === 'symbol') {
    functions.push(path);
    return null;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, at) => plain(item, [...path, at], functions));
  return Object.fromEntries(
    Object.keys(value).map((key) => [
      key,
      plain((value as Record<string, unknown>)[key], [...path, key], functions),
    ]),
  );
}
