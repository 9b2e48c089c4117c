import { contractRequests } from '../config/requests.js';
import { defaultConfig } from '../config/schema.js';
import { isLoopback, rootUrl, shownUrl } from '../config/url.js';
import type { Examination } from '../contract/check.js';
import { KvbenchError } from '../errors.js';
import type { Artifact } from '../result/schema.js';
import type { StartOptions, Target } from '../targets/target.js';
import { buildAll } from './build.js';
import type { OnEvent } from './events.js';
import { examine, startAndExamine } from './examine.js';
import type { Workbench } from './setup.js';

const { valueSize } = defaultConfig;

/** Builds and starts targets, one after the other, and examines what they answer. */
export async function checkTargets(
  targets: readonly Target[],
  workbench: Omit<Workbench, 'targets'>,
): Promise<Examination[]> {
  const { signal, onEvent } = workbench;
  const artifacts = await buildAll(targets, workbench);
  const examinations: Examination[] = [];
  for (const target of targets) {
    onEvent({ type: 'check-start', target: target.name });
    const artifact = artifacts.find((one) => one.target === target.name) ?? null;
    const start = () => target.start(startOnce(target.name, artifact, { signal, onEvent }));
    const examination = await startAndExamine(target, start, { valueSize, signal });
    onEvent({ type: 'check-end', examination });
    examinations.push(examination);
  }
  return examinations;
}

/** How a server is started that is not measured: on any CPU and a free port. */
export function startOnce(
  instance: string,
  artifact: Artifact | null,
  { signal, onEvent }: { signal: AbortSignal; onEvent: OnEvent },
): StartOptions {
  return {
    instance,
    artifact,
    port: 0,
    workers: null,
    cpus: null,
    signal,
    onWarning: (warning) => onEvent({ type: 'warning', warning }),
  };
}

/** Holds a server that already runs on this machine against the contract. */
export async function checkUrl(text: string, signal: AbortSignal): Promise<Examination> {
  const url = rootUrl(text);
  if (url?.protocol !== 'http:' || !isLoopback(url)) {
    throw new KvbenchError(
      'usage',
      `--url ${JSON.stringify(shownUrl(text))} is not the root of an HTTP server on this machine.`,
      'Give it as http://127.0.0.1:PORT.',
    );
  }
  const target = {
    name: url.origin,
    contract: true,
    requests: contractRequests,
    requestPlace: null,
  };
  return examine(target, url.origin, { valueSize, signal });
}
