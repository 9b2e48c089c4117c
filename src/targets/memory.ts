import type { RunConfig } from '../config/schema.js';
import { parseSizeBytes } from '../config/units.js';
import { isNullTarget } from '../plan/plan.js';
import { isBundled } from './bundled.js';
import type { Target } from './target.js';

/** A program with its runtime and without a key: several times what the bundled ones take. */
const idleBytes = 32 * 2 ** 20;
/** A busy connection of Go's server takes 34 KiB (docs/costs.md). */
const connectionBytes = 40 * 2 ** 10;
/** A key's name, and what the dearest map keeps with it besides the value: half of 736 B, less those 128. */
const entryBytes = 240;

/**
 * About how many bytes a server holds at most with every key of a config, estimated as for the dearer of the
 * bundled ones, whose collector lets the heap grow to twice what is alive; 0 for one that runs already.
 */
export function expectedBytes(
  target: Target,
  { keys, valueSize, connections }: Pick<RunConfig, 'keys' | 'valueSize' | 'connections'>,
): number {
  if (target.source === 'url') return 0;
  const valueBytes = (valueSize.minBytes + valueSize.maxBytes) / 2;
  const isStore = target.requests.preload !== null && !isNullTarget(target.name);
  const aliveBytes = isStore ? keys * (entryBytes + valueBytes) : 0;
  return idleBytes + connections * connectionBytes + heapBytes(target, aliveBytes);
}

/** What the heap may grow to before it is collected: so many percent more, or up to a limit. */
function heapBytes(target: Target, aliveBytes: number): number {
  const env = (isBundled(target) && target.recipe.startEnv) || {};
  const { GOGC = '100', GOMEMLIMIT = '' } = env;
  return GOGC === 'off'
    ? Math.max(aliveBytes, parseSizeBytes(GOMEMLIMIT))
    : aliveBytes * (1 + Number(GOGC) / 100);
}
