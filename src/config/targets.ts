import { resolve } from 'node:path';
import { KvbenchError } from '../errors.js';
import type { Project } from './file.js';
import type { TargetFile } from './file-schema.js';
import { isReservedName } from './names.js';
import { contractRequests, type RequestSet, toRequestSet } from './requests.js';
import type { TargetSpec } from './target-spec.js';

/**
 * The servers that a config file describes, by name and in its order. Throws a usage error with the
 * place where settings contradict each other.
 */
export function targetSpecs(project: Project): Map<string, TargetSpec> {
  const targets = Object.entries(project.file.targets ?? {});
  return new Map(targets.map(([name, settings]) => [name, toTargetSpec(project, name, settings)]));
}

type Fail = (path: readonly (string | number)[], message: string, hint: string) => never;

function toTargetSpec(project: Project, name: string, settings: TargetFile): TargetSpec {
  const place: TargetSpec['place'] = (...path) =>
    project.place('targets', name, ...existing(settings, path));
  const fail: Fail = (path, message, hint) => {
    throw new KvbenchError('usage', `${place(...path)} ${message}.`, hint);
  };
  if (isReservedName(name)) {
    fail([], 'has a name that kvbench itself uses', 'Name it otherwise, as my-server.');
  }
  checkWays(settings, fail);
  checkCommand(settings.build, 'build', fail);
  checkCommand(settings.start, 'start', fail);
  return {
    name,
    dir: resolve(project.dir, settings.dir ?? '.'),
    settings,
    requests: requestsOfTarget(project, name, settings),
    contract: settings.contract ?? false,
    place,
    requestPlace: (request) =>
      settings.requests || !project.file.requests
        ? place('requests', request)
        : project.place('requests', request),
  };
}

/** As much of the path as there is: a setting that is left out stands nowhere. */
function existing(settings: unknown, path: readonly (string | number)[]): (string | number)[] {
  let value = settings;
  const there = path.findIndex((step) => {
    value = (value as Record<string | number, unknown> | undefined)?.[step];
    return value === undefined;
  });
  return path.slice(0, there < 0 ? path.length : there);
}

/** A server is started here or runs already, and each way has settings of its own. */
function checkWays(settings: TargetFile, fail: Fail): void {
  const { start, url, build, stop, pid, pidFile, ready } = settings;
  if (start && url !== undefined) {
    fail(['url'], 'stands beside start', 'Keep url for a server that runs already, or else start.');
  }
  if (url === undefined) {
    const ways = 'Give start with a command, or the url of a server that runs already.';
    if (!start) fail([], build ? 'has a build, but no start' : 'has neither start nor url', ways);
    const given = pid !== undefined ? 'pid' : pidFile !== undefined ? 'pidFile' : null;
    if (given) fail([given], 'stands beside start', 'Take it out: kvbench knows what it starts.');
    return;
  }
  const needless = build ? 'build' : stop ? 'stop' : null;
  if (needless) {
    fail([needless], 'stands beside url', 'Take it out: a server that runs already is left alone.');
  }
  if (pid !== undefined && pidFile !== undefined) {
    fail(['pidFile'], 'stands beside pid', 'Keep one of the two.');
  }
  if (ready && 'line' in ready) {
    const mend = 'Use "http": what a server that runs already prints is not to be seen.';
    fail(['ready', 'line'], 'stands beside url', mend);
  }
}

function checkCommand(
  settings: { command: string | string[]; shell?: boolean | undefined } | undefined,
  part: 'build' | 'start',
  fail: Fail,
): void {
  if (!settings) return;
  const { command, shell = false } = settings;
  const ways = 'Give an argument list, as ["node", "server.js"], or a text with shell: true.';
  if (typeof command === 'string' && !shell) fail([part, 'command'], 'is a text', ways);
  if (typeof command !== 'string' && shell) {
    fail([part, 'command'], 'is an argument list, and shell is true', ways);
  }
  const [program] = typeof command === 'string' ? [command] : command;
  if (program?.trim() === '') fail([part, 'command'], 'names no program', ways);
}

/** Its own requests, or else the file's, or else those of the contract. */
function requestsOfTarget(project: Project, name: string, settings: TargetFile): RequestSet {
  const own = settings.requests !== undefined;
  const requests = settings.requests ?? project.file.requests;
  if (requests === undefined) {
    const role = settings.preload === undefined ? 'readBack' : 'preload';
    if (settings[role] === undefined) return contractRequests;
    throw new KvbenchError(
      'usage',
      `${project.place('targets', name, role)} names a request, but there are none.`,
      'Describe the requests, or take it out: those of the contract know their parts.',
    );
  }
  return toRequestSet(requests, settings, (path, message, hint) => {
    const at = path[0] === 'requests' && !own ? path : ['targets', name, ...path];
    throw new KvbenchError('usage', `${project.place(...at)} ${message}.`, hint);
  });
}
