import { aboutSetting, changedSettings, type SettingKey, settingsByPart } from '../config/flags.js';
import type { RunConfig } from '../config/schema.js';
import { plural } from '../plural.js';
import type { RunResult } from '../result/schema.js';
import { formatMs, formatPercent, formatSizeRange } from './format.js';

/** `rust vs go`: what was measured. */
export function targetNames({ summary }: RunResult): string {
  return [...new Set(summary.map(({ target }) => target))].join(' vs ');
}

/** What every request has in common; of another's script nothing is known but how many users it had. */
export function describeLoadOf(result: RunResult): string {
  if (!isForeign(result)) return describeLoad(result.config);
  return `a script of ${result.importedFrom?.tool}'s own, ${plural(result.config.connections, 'user')} at most`;
}

/** Whether it is the outcome of a script that nobody here knows. */
export function isForeign({ importedFrom, targets }: RunResult): boolean {
  return importedFrom !== null && targets.every(({ requests }) => requests.requests.length === 0);
}

/** How many rounds of which length, and what the figures are of them. */
export function describeRounds(result: RunResult): string {
  const { config, state, trials } = result;
  if (isForeign(result)) {
    const [windowMs = 0] = trials.map((trial) => trial.windowMs);
    return windowMs > 0 ? `${formatMs(windowMs)} in all` : 'of unknown length';
  }
  const measured = trials.reduce((most, { round }) => Math.max(most, round), 0);
  const cut = state === 'complete' ? '' : `, ${state} in round ${measured}`;
  const { blockSize } = result;
  const blocks = blockSize === undefined ? '' : `, up to ${plural(blockSize, 'target')} at a time`;
  const time = `${plural(measured, 'round')} of ${formatMs(config.durationMs)} a trial${blocks}${cut}`;
  return `${time}; medians over rounds, ± half their range`;
}

/** What every request has in common, in a line. */
export function describeLoad(
  config: RunConfig,
  { hasConnections = true }: { hasConnections?: boolean } = {},
): string {
  const { operations, connections, keys, valueSize, distribution } = config;
  const own: Partial<Record<SettingKey, string>> = {
    connections: hasConnections ? plural(connections, 'connection') : '',
    distribution: `${distribution} over ${plural(keys, 'key')} of ${formatSizeRange(valueSize)}`,
  };
  const changed = changedSettings(config);
  const parts = [
    ...(operations.length === 1 ? operations : []),
    ...settingsByPart.map((key) => own[key] ?? told(key, changed[key])),
  ].filter((text) => text !== '');
  return parts.join(', ');
}

/** What is said of a setting that is not as by default; nothing of any other. */
function told(key: SettingKey, value: RunConfig[SettingKey] | undefined): string {
  if (value === undefined) return '';
  return aboutSetting(key).told?.(value, { count: plural, share: formatPercent }) ?? '';
}
