import * as z from 'zod';
import { operationSchema, requestsOf } from '../config/operations.js';
import {
  type Expectation,
  mentions,
  nameSchema,
  requestSetSchema,
  splitTemplate,
  type TemplatePart,
} from '../config/requests.js';
import { measureSchema, type RunConfig, savedConfigSchema } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { missIndex } from '../load/dataset.js';
import { hotspot, zipfianTheta } from '../load/keys.js';

/** One stretch of load of the script: a scenario of k6, and the value of the tag `kv_trial`. */
const trialSchema = z.strictObject({
  name: z.string(),
  measure: measureSchema,
  operation: operationSchema,
});
export type K6Trial = z.infer<typeof trialSchema>;

/** What the script hands on to `kvbench import k6`, through the data of its setup. */
const originSchema = z.object({
  kvbench: z.string(),
  target: nameSchema,
  url: z.string(),
  config: savedConfigSchema,
  requests: requestSetSchema,
  trials: z.array(trialSchema).min(1),
  startedAt: z.iso.datetime().optional(),
});
export type K6Origin = z.infer<typeof originSchema>;

/**
 * What a script has told of itself; null if it is none of ours. Throws a usage error if it was
 * written by a kvbench that this one does not understand.
 */
export function originFrom(told: unknown): K6Origin | null {
  const version = z.object({ kvbench: z.string() }).safeParse(told).data?.kvbench;
  if (version === undefined) return null;
  const parsed = originSchema.safeParse(told);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new KvbenchError(
    'usage',
    `The script of this test was written by kvbench ${version}, and can't be understood at ${issue?.path.join('.') || 'its root'}: ${issue?.message}.`,
    'Import it with that version, or export the script again.',
  );
}

/** What the tag `kv_trial` says of a request before the window that is measured. */
export function warmupName(trial: string): string {
  return `warmup-${trial}`;
}

/** Every measure and operation of a config, in the order in which k6 runs them. */
export function trialsOf({ measures, operations }: RunConfig): K6Trial[] {
  const taken = new Set<string>();
  return measures.flatMap((measure) =>
    operations.map((operation) => {
      // k6 takes letters, digits, - and _ alone.
      const plain = `${measure}_${operation.replaceAll(':', '-').replaceAll(',', '_')}`;
      const name = taken.has(plain) ? `${plain}_${taken.size}` : plain;
      taken.add(name);
      return { name, measure, operation };
    }),
  );
}

/** Everything that the functions of the script read: plain JSON. */
export function scriptWorkload({ config, requests, trials }: K6Origin) {
  const { keys, valueSize, distribution, hitRatio, seed, connections } = config;
  const { timeoutMs, warmupMs, durationMs } = config;
  const { requests: specs, preload } = requests;
  const numberOf = (name: string) => {
    const index = specs.findIndex((spec) => spec.name === name);
    if (index >= 0) return index;
    throw new KvbenchError(
      'usage',
      `There is no request named ${name}.`,
      `Requests: ${specs.map((spec) => spec.name).join(', ')}.`,
    );
  };
  return {
    keys,
    valueSize,
    distribution,
    theta: zipfianTheta,
    hotspot,
    hitRatio,
    seed,
    missIndexFrom: missIndex(0),
    connections,
    timeoutMs,
    warmupMs,
    durationMs,
    ratePerSecond: config.rate === 'auto' ? null : config.rate,
    preload: preload === null ? null : numberOf(preload),
    requests: specs.map((spec) => ({
      name: spec.name,
      method: spec.method,
      path: splitTemplate(spec.path),
      headers: Object.entries(spec.headers).map(([name, value]) => [name, splitTemplate(value)]),
      body: spec.body === null ? null : splitTemplate(spec.body),
      writes: spec.writes,
      expect: compiled(spec.expect),
      missing: spec.missing && compiled(spec.missing),
    })),
    trials: trials.map(({ name, measure, operation }) => ({
      name,
      open: measure === 'latency',
      mix: requestsOf(operation).map(({ name: request, share }) => ({
        request: numberOf(request),
        share,
      })),
    })),
  };
}

interface CompiledExpectation extends Omit<Expectation, 'text'> {
  text: TemplatePart[];
  hasValue: boolean;
}

function compiled({ statuses, match, text }: Expectation): CompiledExpectation {
  return { statuses, match, text: splitTemplate(text), hasValue: mentions(text, 'value') };
}
