import { randomBytes } from 'node:crypto';
import { afterEach, expect } from 'vitest';
import { contractRequests } from '../../src/config/requests.js';
import type { TargetSpec } from '../../src/config/target-spec.js';
import { packagePath } from '../../src/package.js';
import type { Warning } from '../../src/result/schema.js';
import { ownTarget } from '../../src/targets/own.js';
import type { RunningServer, StartOptions } from '../../src/targets/target.js';
import { processesWith } from './processes.js';

/** A server as a config file would describe it. */
export function aSpec(settings: TargetSpec['settings'], dir = packagePath('fixtures')): TargetSpec {
  return {
    name: 'mine',
    dir,
    settings,
    requests: contractRequests,
    contract: false,
    place: (...path) => `kvbench.config.json, targets.mine.${path.join('.')}`,
    requestPlace: (name) => `kvbench.config.json, targets.mine.requests.${name}`,
  };
}

/** The command of the fixture that stands for a server of the user's, with these flags. */
export function ownCommand(...flags: string[]): string[] {
  return [process.execPath, packagePath('fixtures/servers/own.mjs'), ...flags];
}

/** What a start is given where nothing of it matters; `warnings` collects those it has. */
export function startOptions(warnings: Warning[] = []): StartOptions {
  return {
    instance: 'mine',
    artifact: null,
    port: 0,
    workers: 2,
    cpus: null,
    signal: new AbortController().signal,
    onWarning: (warning) => warnings.push(warning),
  };
}

/** Starts servers of the user's own; after each test they are stopped, and nothing is left of them. */
export function useOwnServers() {
  /** In the environment of all their processes, which can be found by it; kvbench knows nothing of it. */
  const mark = randomBytes(8).toString('hex');
  const warnings: Warning[] = [];
  const servers: RunningServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    expect(processesWith(`OWN_TEST=${mark}`)).toEqual([]);
    warnings.length = 0;
  });
  return {
    mark,
    warnings,
    async start(settings: TargetSpec['settings'], options: Partial<StartOptions> = {}) {
      const marked = settings.start && {
        ...settings,
        start: { ...settings.start, env: { OWN_TEST: mark, ...settings.start.env } },
      };
      const target = ownTarget(aSpec(marked ?? settings), { allowRemote: false });
      const server = await target.start({ ...startOptions(warnings), ...options });
      servers.push(server);
      return server;
    },
  };
}
