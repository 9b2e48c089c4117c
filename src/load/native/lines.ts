import { deriveSeed } from '../../random.js';
import { requestSequence } from '../keys.js';
import type { Endpoint, LoadSpec, ToWorker, Workload, WorkloadShare } from '../protocol.js';
import { dealSlices } from '../slices.js';
import { ownOf } from '../store-model.js';
import { nativeMessage } from './segments.js';

/**
 * Turns each message of the parent's into those that the native engine takes: what can be rendered,
 * drawn or dealt out before a load is, here, so that there is one place that does it. Node plans,
 * native plays.
 */
export function nativeLines(): (message: ToWorker) => unknown[] {
  let workload: Workload | null = null;
  let sequenceShares = '';
  return (message) => {
    if ('workload' in message) {
      workload = message.workload;
      return [{ workload: nativeWorkload(message) }];
    }
    if ('startAtMs' in message) return [message];
    if (message.call === 'preload')
      return [{ ...message, endpoint: nativeEndpoint(message.endpoint) }];
    if (message.call !== 'load') return [message];
    const shares = message.spec.mix.map(({ share }) => share);
    const load = { ...message, spec: nativeSpec(message.spec) };
    if (workload === null || sequenceShares === JSON.stringify(shares)) return [load];
    sequenceShares = JSON.stringify(shares);
    return [{ sequence: sequenceOf(workload, shares) }, load];
  };
}

function nativeWorkload({ workload, share }: WorkloadShare) {
  const { keys, valueSize, connections, requestsPerConnection, timeoutMs, seed } = workload;
  return {
    keys,
    valueSize,
    requestsPerConnection,
    timeoutMs,
    share,
    seed: seed >>> 0,
    latest: workload.distribution === 'latest',
    // Its own of them.
    connections: ownOf(connections, share),
  };
}

function nativeEndpoint({ target, origin, requests }: Endpoint) {
  const { host, hostname, port, protocol } = new URL(origin);
  if (protocol !== 'http:') throw new Error(`the native engine does not speak ${protocol}`);
  return {
    target,
    // An IPv6 address stands in brackets in a URL only.
    address: { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) },
    messages: requests.requests.map((spec) => nativeMessage(spec, host)),
    preload: requests.preload,
    readBack: requests.readBack,
  };
}

function nativeSpec(spec: LoadSpec) {
  const { targets, mix, pace, durationMs, interleave, intervalMs, seed } = spec;
  return {
    targets,
    pace,
    durationMs,
    intervalMs,
    mix: mix.map(({ name }) => name),
    slices: dealSlices({ ...spec, arms: targets.length }),
    /** How many share the schedule request by request. */
    together: interleave === 'request' ? targets.length : 1,
    start: deriveSeed(seed, 1),
    scheduleSeed: deriveSeed(seed, 2),
  };
}

/** The last one drawn: all processes of a run play the same. */
let last: { key: string; base64: string } | null = null;

/** See `requestSequence`: 32 bits each, little-endian, in base64. */
function sequenceOf(workload: Workload, shares: readonly number[]): string {
  const { distribution, keys: keyCount, hitRatio } = workload;
  const mix = { distribution, keyCount, hitRatio, shares, seed: deriveSeed(workload.seed, 7) };
  const key = JSON.stringify(mix);
  if (last?.key !== key) {
    const { buffer } = requestSequence(mix);
    last = { key, base64: Buffer.from(buffer).toString('base64') };
  }
  return last.base64;
}
