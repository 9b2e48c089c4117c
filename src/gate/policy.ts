import * as z from 'zod';
import { given } from '../config/given.js';
import { describeIssues } from '../config/issues.js';
import { operationSchema } from '../config/operations.js';
import { KvbenchError } from '../errors.js';
import { aboutFigure, type GateMetric, gateMetrics } from './metrics.js';

export const gateMetricSchema = z.enum(gateMetrics);

/** One figure of the gate; one of the whole server belongs to no operation. */
export interface MetricKey {
  metric: GateMetric;
  operation: string | null;
}

/** `get.p99`, `rss`: how a figure is named in flags, in files and in reports. */
export function nameOf({ metric, operation }: MetricKey): string {
  return operation === null ? metric : `${operation}.${metric}`;
}

const allowance = z.number().gt(0).max(10);
const level = z.number().gt(0).lt(0.5);
const share = z.number().min(0).max(1).nullable();

const lookSchema = z.strictObject({
  rounds: z.int().min(1).max(1000).describe('that this look is at, all those before included'),
  regressionAlpha: level.describe('of a suspicion, over all metrics of the look'),
  safeAlpha: level.describe('of calling a metric safe; also of each side of the intervals'),
});

const policyObject = z.strictObject({
  operations: z
    .array(operationSchema)
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'names an operation twice'),
  metrics: z
    .array(gateMetricSchema)
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'names a metric twice')
    .describe('that decide; the others are reported'),
  allowances: z
    .record(z.string(), allowance)
    .describe('by metric (p50) or operation and metric (get.p50): 0.05 allows 5 % more'),
  rssAllowanceBytes: z
    .int()
    .min(0)
    .describe('memory must grow by more than this, too, to be a regression'),
  binarySizeAllowance: allowance.nullable().describe('null: the size is only reported'),
  timeBudgetMs: z
    .int()
    .min(1000)
    .max(86_400_000)
    .describe('measured time after which no further rounds begin, but to confirm a suspicion'),
  rounds: z.int().min(1).max(1000).describe('looks at more rounds than this are left out'),
  looks: z.array(lookSchema).min(1).max(10),
  confirmationRounds: z.int().min(5).max(1000).describe('fresh ones, on the suspects alone'),
  confirmationLooks: z
    .enum(['one', 'doubling'])
    .optional()
    .describe(
      'one (default): after these rounds; doubling: also after twice as many each, up to those of the look',
    ),
  confirmationAlpha: level.describe('shared equally by its looks, and by the suspects'),
  interleave: z.enum(['request', 'slice']),
  onInconclusive: z.enum(['warn', 'fail']),
  onBaseFailure: z
    .enum(['fail', 'warn'])
    .optional()
    .describe('whether a base that does not build or start is an error (default), or inconclusive'),
  maxStealShare: share.describe('rounds with more steal are dropped, whoever was slow'),
  maxOthersShare: share.describe('the same for CPU of other processes'),
});

/** What a config file or flags say of the policy, as far as they do. */
export const gateSettingsSchema = policyObject.partial();
export type GateSettings = z.infer<typeof gateSettingsSchema>;

/** Everything that decides a verdict, besides the rounds. */
export const gatePolicySchema = policyObject.superRefine((policy, context) => {
  const problem = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  const rounds = policy.looks.map((look) => look.rounds);
  if (rounds.some((count, index) => count <= (rounds[index - 1] ?? 0))) {
    problem('looks', 'must be at more rounds each than the one before');
  }
  if (policy.rounds < (rounds[0] as number)) {
    problem('rounds', `must be ${rounds[0]} or more: the first look is at so many`);
  }
  const known = new Set(allowanceKeys(policy).map(nameOf));
  for (const name of Object.keys(policy.allowances)) {
    if (!known.has(name)) problem('allowances', `names ${name}, which is no figure of the gate`);
  }
});

export type GatePolicy = z.infer<typeof gatePolicySchema>;
export type Look = GatePolicy['looks'][number];

/**
 * The policy of a `gate` without flags. The levels were fixed before anything was measured: over
 * all looks they add up to .01 for a suspicion and .05 for a figure that is called safe.
 */
export const defaultGatePolicy: GatePolicy = {
  operations: ['get', 'post'],
  metrics: ['p50', 'p90', 'tail', 'cpu', 'rss'],
  allowances: Object.fromEntries(gateMetrics.map((name) => [name, aboutFigure(name).allowance])),
  rssAllowanceBytes: 2 * 2 ** 20,
  binarySizeAllowance: null,
  timeBudgetMs: 120_000,
  rounds: 48,
  looks: [
    { rounds: 12, regressionAlpha: 0.003, safeAlpha: 0.0125 },
    { rounds: 24, regressionAlpha: 0.003, safeAlpha: 0.0125 },
    { rounds: 48, regressionAlpha: 0.004, safeAlpha: 0.025 },
  ],
  confirmationRounds: 12,
  confirmationLooks: 'doubling',
  confirmationAlpha: 0.05,
  interleave: 'request',
  onInconclusive: 'warn',
  maxStealShare: null,
  maxOthersShare: null,
};

/** Settings over settings; those that nobody gives stand for nothing, allowances go one by one. */
export function overlaid(below: GateSettings, above: GateSettings): GateSettings {
  const allowances = { ...below.allowances, ...above.allowances };
  return { ...below, ...given(above), allowances };
}

/**
 * The complete, checked policy: settings over defaults, allowances one by one. Throws a usage error
 * that names the setting.
 */
export function toGatePolicy(settings: GateSettings): GatePolicy {
  // Who gives a number of rounds, and no looks, wants it to do something.
  const { rounds = defaultGatePolicy.rounds, looks = looksUpTo(rounds) } = settings;
  const wanted = overlaid(defaultGatePolicy, { ...settings, looks });
  const parsed = gatePolicySchema.safeParse(wanted);
  if (!parsed.success) {
    const { path, message, hint } = describeIssues(gatePolicySchema, wanted, parsed.error.issues);
    throw new KvbenchError(
      'usage',
      `${path.join('.')} of the gate ${message}.`,
      `${hint} See docs/gate.md.`,
    );
  }
  return parsed.data;
}

/**
 * The looks by default, and where they end before so many rounds further ones, each at twice as many.
 * What the last look could spend of the chance of a mistake is shared equally with those: the sums stay.
 * Of what is no number of rounds come looks all the same: the schema refuses the number first.
 */
function looksUpTo(rounds: number): Look[] {
  const { looks } = defaultGatePolicy;
  const last = looks.at(-1) as Look;
  const counts = [last.rounds];
  for (let count = last.rounds; count < rounds; count *= 2)
    counts.push(Math.min(count * 2, rounds));
  const share = ({ regressionAlpha, safeAlpha }: Look) => ({
    regressionAlpha: regressionAlpha / counts.length,
    safeAlpha: safeAlpha / counts.length,
  });
  return [...looks.slice(0, -1), ...counts.map((count) => ({ rounds: count, ...share(last) }))];
}

/**
 * After how many fresh rounds a suspicion of a look is tested again, fewest first. What took many rounds
 * to be seen may take as many to be seen again.
 */
export function confirmationsOf(
  { confirmationRounds, confirmationLooks }: GatePolicy,
  look: Pick<Look, 'rounds'>,
): number[] {
  const counts = [confirmationRounds];
  if (confirmationLooks !== 'doubling') return counts;
  for (let count = confirmationRounds * 2; count <= look.rounds; count *= 2) counts.push(count);
  return counts;
}

/** Every figure of the named metrics, operation by operation, those of the whole server last. */
export function keysOf({
  operations,
  metrics,
}: {
  operations: readonly string[];
  metrics: readonly GateMetric[];
}): MetricKey[] {
  const keys: MetricKey[] = operations.flatMap((operation) =>
    metrics.filter((metric) => !isOfServer(metric)).map((metric) => ({ metric, operation })),
  );
  const whole = metrics.filter(isOfServer);
  return [...keys, ...whole.map((metric) => ({ metric, operation: null }))];
}

function isOfServer(metric: GateMetric): boolean {
  return aboutFigure(metric).of === 'server';
}

/** What allowances are named after: a metric, for all operations, or a figure of one. */
export function allowanceKeys({ operations }: Pick<GatePolicy, 'operations'>): MetricKey[] {
  const all = gateMetrics.map((metric) => ({ metric, operation: null }));
  return [...all, ...keysOf({ operations, metrics: gateMetrics })];
}

/** How much more a figure may be, as a fraction: that of its operation, else of its metric. */
export function allowanceOf(policy: GatePolicy, key: MetricKey): number {
  const { allowances } = policy;
  // Documents from before there was a figure have nothing for it.
  return allowances[nameOf(key)] ?? allowances[key.metric] ?? aboutFigure(key.metric).allowance;
}
