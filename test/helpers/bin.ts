import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { EngineName } from '../../src/config/engines.js';
import { packagePath } from '../../src/package.js';
import { processesWith } from './processes.js';

/** A started kvbench process, and what it has printed so far. */
interface Started {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  /** Exit code, or 128 + the signal's name if a signal ended it. */
  ended: Promise<number | string>;
  /** Waits until stdout or stderr matches; rejects if it ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

interface BinOptions {
  /** What sends the load: `native` where the cache of the suite is used, which has it built. */
  engine?: EngineName;
}

/**
 * For each test of the file a way to start kvbench in a directory of its own; after each test waits
 * until nothing that was started there is left.
 */
export function useBin({ engine = 'undici' }: BinOptions = {}): { readonly current: Bin } {
  let bin: Bin;
  beforeEach(() => {
    bin = createBin(engine);
  });
  afterEach(async () => {
    await expect.poll(() => bin.running(), { timeout: 60_000 }).toEqual([]);
    bin.remove();
  });
  return {
    get current() {
      return bin;
    },
  };
}

type Bin = ReturnType<typeof createBin>;

/** Starts kvbench as a user would, with a mark by which all that it starts can be found. */
function createBin(engine: EngineName) {
  const dir = mkdtempSync(join(tmpdir(), 'kvbench-e2e-'));
  const mark = `KVBENCH_TEST=${dir}`;
  const env = {
    ...process.env,
    XDG_STATE_HOME: join(dir, 'state'),
    KVBENCH_ENGINE: engine,
    KVBENCH_TEST: dir,
  };

  return {
    dir,
    /** Processes that kvbench has started and that still run, itself included. */
    running: () => processesWith(mark),
    start(args: readonly string[], options: { env?: NodeJS.ProcessEnv; before?: string[] } = {}) {
      const [file = '', ...rest] = [
        ...(options.before ?? []),
        process.execPath,
        packagePath('bin/kvbench.js'),
        ...args,
      ];
      const child = spawn(file, rest, { cwd: dir, env: { ...env, ...options.env } });
      return track(child);
    },
    shell(script: string) {
      const bin = packagePath('bin/kvbench.js');
      const child = spawn('bash', ['-o', 'pipefail', '-c', script], {
        cwd: dir,
        env: { ...env, KVBENCH: `${process.execPath} ${bin}` },
      });
      return track(child);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function track(child: ChildProcess): Started {
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? String(signal)));
  });
  return {
    child,
    output,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
          if (!match) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void ended.then((code) =>
          reject(new Error(`ended with ${code}: ${output.stdout}${output.stderr}`)),
        );
      }),
  };
}
