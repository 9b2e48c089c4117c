import * as z from 'zod';
import { KvbenchError } from '../errors.js';
import { createHistogram, type LatencyHistogram } from '../histogram.js';
import type { ErrorKind } from '../load/error-kinds.js';
import { latencyFrom } from '../result/trial.js';
import {
  foreignRequest,
  type K6Figures,
  type K6Outcome,
  longestRequestMs,
  type Tally,
} from './outcome.js';
import { scriptErrorKinds } from './thresholds.js';
import { type K6Origin, originFrom, warmupName } from './workload.js';

const pointSchema = z.object({
  metric: z.string(),
  type: z.string(),
  data: z.object({
    time: z.string().optional(),
    value: z.number().optional(),
    tags: z.record(z.string(), z.string()).nullish(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
});
type Point = z.infer<typeof pointSchema>;

const wanted = new Set([
  'http_reqs',
  'http_req_duration',
  'http_req_failed',
  'kv_errors',
  'dropped_iterations',
  'checks',
  'vus_max',
  'kvbench',
]);
const metricAtStart = /^\{"metric":"(\w+)","type":"Point"/;

/** A test pauses now and then; a longer part of its time without any request divides two tests. */
const shortestGapMs = 10_000;
const longestGap = 0.2;

/** Each has a histogram, and a stream must not decide how much memory they take. */
const maxTrials = 256;

/** Sums of one trial, or of the whole test. */
class Sums {
  readonly byRequest = new Map<string, Tally>();
  readonly misses: Tally = { sent: 0, failed: 0 };
  readonly errors: Partial<Record<ErrorKind, number>> = {};
  readonly serviceTime: LatencyHistogram = createHistogram();
  dropped = 0;
  firstError: string | null = null;

  add(request: string, isMiss: boolean, field: keyof Tally, count: number): void {
    const tally = this.byRequest.get(request) ?? { sent: 0, failed: 0 };
    tally[field] += count;
    this.byRequest.set(request, tally);
    if (isMiss) this.misses[field] += count;
  }

  fail(kind: ErrorKind, count: number, message: string): void {
    this.errors[kind] = (this.errors[kind] ?? 0) + count;
    this.firstError ??= message;
  }
}

/** k6's JSON stream, line by line: needs no more memory the longer the test was. */
export class StreamReader {
  readonly #file: string;
  readonly #trials = new Map<string, Sums>();
  readonly #total = new Sums();
  #origin: K6Origin | null = null;
  #connections: number | null = null;
  #failedChecks = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  #gapMs = 0;
  #number = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whether a text is a line of such a stream. */
  static isLine(text: string): boolean {
    return /^\{"(metric":"[^"]*","type":"Point|type":"(Metric|Point))"/.test(text);
  }

  /** Takes the next line; throws a usage error that names it if it is none. */
  line(text: string): void {
    this.#number++;
    if (text.trim() === '') return;
    const [, metric] = metricAtStart.exec(text) ?? [];
    // Most lines are about what we do not need, and reading JSON is what takes the time.
    if (metric !== undefined && !wanted.has(metric) && text.endsWith('}')) return;
    const point = this.#parse(text);
    if (point.type === 'Point') this.#take(point);
  }

  outcome(): K6Outcome {
    const durationMs = this.#lastMs - this.#firstMs;
    const isCut = this.#gapMs > Math.max(shortestGapMs, durationMs * longestGap);
    return {
      gapMs: isCut ? this.#gapMs : null,
      origin: this.#origin,
      version: null,
      startedAt: Number.isFinite(this.#firstMs) ? new Date(this.#firstMs).toISOString() : null,
      durationMs: durationMs > 0 && !isCut ? durationMs : null,
      connections: this.#connections,
      failedChecks: this.#failedChecks,
      figuresOf: (trial) => {
        const warmup = [...(this.#trials.get(warmupName(trial))?.byRequest.values() ?? [])];
        const own = {
          planned: warmup.reduce((sum, { sent }) => sum + sent, 0),
          errors: warmup.reduce((sum, { failed }) => sum + failed, 0),
        };
        return { ...figures(this.#trials.get(trial) ?? new Sums()), warmup: own };
      },
      total: { ...figures(this.#total), warmup: { planned: 0, errors: 0 } },
    };
  }

  #parse(text: string): Point {
    try {
      return pointSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new KvbenchError(
        'usage',
        `${this.#file}:${this.#number}: this is no line of k6's JSON stream: ${text.slice(0, 60)}`,
        'The file may be cut off: k6 must end by itself. Run it again, or remove the line.',
        { cause: error },
      );
    }
  }

  #take({ metric, data }: Point): void {
    const { value = 0, tags, metadata } = data;
    const trial = tags?.['kv_trial'] ?? (metric === 'dropped_iterations' ? tags?.['scenario'] : '');
    const own = trial ? this.#sumsOf(trial) : null;
    const request = tags?.['kv_request'] ?? foreignRequest;
    const isMiss = tags?.['kv_miss'] !== undefined;
    switch (metric) {
      case 'kvbench':
        this.#origin ??= originOf(metadata?.['kvbench']);
        break;
      case 'http_reqs':
        this.#see(data.time);
        own?.add(request, isMiss, 'sent', value);
        this.#total.add(foreignRequest, false, 'sent', value);
        break;
      case 'http_req_duration':
        // Without an answer there is no service time.
        if (tags?.['status'] === '0') break;
        this.#checkDuration(value);
        for (const sums of [own, this.#total]) sums?.serviceTime.recordValue(toNs(value));
        break;
      case 'http_req_failed':
        if (value === 0) break;
        this.#total.add(foreignRequest, false, 'failed', 1);
        this.#total.fail('status', 1, `k6: ${tags?.['error'] ?? `status ${tags?.['status']}`}`);
        break;
      case 'kv_errors':
        own?.add(request, isMiss, 'failed', value);
        own?.fail(kindOf(tags?.['kv_error']), value, `${request}: ${tags?.['kv_error']}`);
        break;
      case 'dropped_iterations':
        for (const sums of [own, this.#total]) if (sums) sums.dropped += value;
        break;
      case 'checks':
        if (value === 0) this.#failedChecks++;
        break;
      case 'vus_max':
        this.#connections = Math.max(this.#connections ?? 0, value);
        break;
    }
  }

  #checkDuration(ms: number): void {
    if (ms >= 0 && ms <= longestRequestMs) return;
    throw new KvbenchError(
      'usage',
      `${this.#file}:${this.#number}: no request takes ${ms} ms.`,
      'The file is damaged, or was not written by k6. Run it again, or remove the line.',
    );
  }

  #sumsOf(trial: string): Sums {
    const known = this.#trials.get(trial);
    if (known) return known;
    if (this.#trials.size === maxTrials) {
      throw new KvbenchError(
        'usage',
        `${this.#file}:${this.#number}: the stream has more than ${maxTrials} different values of the tag kv_trial.`,
        'A script of kvbench export k6 has two for each measure and operation.',
      );
    }
    const sums = new Sums();
    this.#trials.set(trial, sums);
    return sums;
  }

  #see(time: string | undefined): void {
    const ms = Date.parse(time ?? '');
    if (Number.isNaN(ms)) return;
    this.#firstMs = Math.min(this.#firstMs, ms);
    if (Number.isFinite(this.#lastMs)) this.#gapMs = Math.max(this.#gapMs, ms - this.#lastMs);
    this.#lastMs = Math.max(this.#lastMs, ms);
  }
}

function figures(sums: Sums): Omit<K6Figures, 'warmup'> {
  const { byRequest, misses, errors, dropped, firstError, serviceTime } = sums;
  const latency = serviceTime.totalCount > 0 ? latencyFrom(serviceTime) : null;
  return { byRequest, misses, errors, dropped, firstError, serviceTime: latency };
}

function originOf(json: string | undefined): K6Origin | null {
  let told: unknown = null;
  try {
    told = JSON.parse(json ?? 'null');
  } catch {
    // Somebody else's metric of that name.
  }
  return originFrom(told);
}

function kindOf(name: string | undefined): ErrorKind {
  return scriptErrorKinds.find((kind) => kind === name) ?? 'protocol';
}

function toNs(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6));
}
