import { requestsOf } from './operations.js';
import {
  contractRequests,
  mentions,
  type RequestSet,
  type RequestSpec,
  splitTemplate,
} from './requests.js';
import { type RunConfig, valueVersions } from './schema.js';
import type { TargetSpec } from './target-spec.js';
import { withoutWorkers } from './workers.js';

/** How much memory keys, values and expected answers may take; beyond it the generator suffers. */
const maxDatasetBytes = 2 ** 30;

/** What a key takes in a request, percent-encoded: `key%3A00000001`. */
const keyBytes = 14;
/** What each text takes besides its bytes. */
const overheadBytes = 48;

type Fail = (key: keyof RunConfig, message: string, hint: string) => never;

/** Holds a config against what its targets can be asked; `fail` is told the first contradiction. */
export function checkAgainstRequests(
  config: RunConfig,
  specs: ReadonlyMap<string, TargetSpec>,
  fail: Fail,
): void {
  const names = config.targets.map(withoutWorkers);
  const sets = new Map(names.map((name) => [name, specs.get(name)?.requests ?? contractRequests]));
  for (const operation of config.operations) {
    for (const [target, set] of sets) checkOperation(operation, target, set, config, fail);
  }
  if (config.calibrate && names.every((name) => specs.has(name))) {
    const hint = 'Add rust or go to --targets, or leave it out.';
    fail('calibrate', 'measures the null targets of bundled servers, and none is chosen', hint);
  }
  const { keys, valueSize, connections, generators } = config;
  const bytes = [...new Set(sets.values())].reduce(
    (sum, set) => sum + bytesPerKey(set, valueSize.maxBytes),
    0,
  );
  if (keys * bytes > maxDatasetBytes) {
    const size = `${keys} keys with values of ${valueSize.maxBytes} bytes`;
    const hint = 'Lower --keys or --value-size: values may take 256 MiB together.';
    fail('keys', `is too many: ${size} are more than the generator can hold`, hint);
  }
  if (generators !== null && generators > Math.min(connections, keys)) {
    const message = `is ${generators}, more than there are connections or keys to share`;
    fail('generators', message, 'Lower --generators.');
  }
}

function checkOperation(
  operation: string,
  target: string,
  { requests }: RequestSet,
  { hitRatio }: RunConfig,
  fail: Fail,
): void {
  const names = requests.map(({ name }) => name).join(', ');
  for (const { name } of requestsOf(operation)) {
    const request = requests.find((candidate) => candidate.name === name);
    if (!request) {
      const hint = `Name requests that every target has with --operations; ${target} has: ${names}.`;
      fail('operations', `names ${name}, which is no request of ${target}`, hint);
    }
    if (hitRatio < 1 && asksForKeys(request) && !request.missing) {
      const hint = `Describe the right answer for a key that was never stored in requests.${name}.missing, or leave it at 1.`;
      fail('hitRatio', `is below 1, but ${name} of ${target} says nothing of missing keys`, hint);
    }
  }
}

/** Whether it reads what another request has stored, and can miss. */
function asksForKeys({ writes, path, body, headers }: RequestSpec): boolean {
  const templates = [path, body ?? '', ...Object.values(headers)];
  return !writes && templates.some((template) => mentions(template, 'key'));
}

/** What the generator keeps for one key: every request rendered, with each version of its value. */
function bytesPerKey({ requests }: RequestSet, valueBytes: number): number {
  return requests
    .flatMap(({ path, body, expect }) => [
      path,
      body ?? '',
      // A value alone is a part of the request that stored it.
      expect.text === '{value}' ? '' : expect.text,
    ])
    .filter((template) => splitTemplate(template).some((part) => typeof part !== 'string'))
    .reduce((sum, template) => sum + renderedBytes(template, valueBytes), 0);
}

function renderedBytes(template: string, valueBytes: number): number {
  const bytes = splitTemplate(template).reduce((sum, part) => {
    if (typeof part === 'string') return sum + Buffer.byteLength(part);
    const inserted = part.name === 'value' ? valueBytes : keyBytes;
    return sum + (part.encoding === 'base64' ? Math.ceil(inserted / 3) * 4 : inserted);
  }, overheadBytes);
  return bytes * (mentions(template, 'value') ? valueVersions : 1);
}
