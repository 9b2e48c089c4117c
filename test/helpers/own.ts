import { contractRequests } from '../../src/config/requests.js';
import type { TargetSpec } from '../../src/config/target-spec.js';
import { packagePath } from '../../src/package.js';
import type { Warning } from '../../src/result/schema.js';
import type { StartOptions } from '../../src/targets/target.js';

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
