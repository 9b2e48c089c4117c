import { contractRequests } from '../config/requests.js';
import { defaultConfig } from '../config/schema.js';
import type { Examination } from '../contract/check.js';
import { KvbenchError } from '../errors.js';
import { startServer } from '../targets/server.js';
import type { Target } from '../targets/targets.js';
import { buildAll } from './build.js';
import type { OnEvent } from './events.js';
import { examine, startAndExamine } from './examine.js';

export interface CheckTargetsOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

const { valueSize } = defaultConfig;

/** Builds and starts targets, one after the other, and examines what they answer. */
export async function checkTargets(
  targets: readonly Target[],
  options: CheckTargetsOptions,
): Promise<Examination[]> {
  const { signal, onEvent } = options;
  const artifacts = await buildAll(targets, options);
  const examinations: Examination[] = [];
  for (const { target: name, path } of artifacts) {
    onEvent({ type: 'check-start', target: name });
    const examination = await startAndExamine(
      { name, contract: true, requests: contractRequests },
      (target) => startServer({ target, command: [path], cpus: null, signal }),
      { valueSize, signal },
    );
    onEvent({ type: 'check-end', examination });
    examinations.push(examination);
  }
  return examinations;
}

/** Holds a server that already runs on this machine against the contract. */
export async function checkUrl(text: string, signal: AbortSignal): Promise<Examination> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const loopback = /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url?.hostname ?? '');
  if (
    url?.protocol !== 'http:' ||
    !loopback ||
    url.pathname !== '/' ||
    url.search ||
    url.username
  ) {
    throw new KvbenchError(
      'usage',
      `--url ${JSON.stringify(text)} is not the root of an HTTP server on this machine.`,
      'Give it as http://127.0.0.1:PORT.',
    );
  }
  const target = { name: url.origin, contract: true, requests: contractRequests };
  return examine(target, url.origin, { valueSize, signal });
}
