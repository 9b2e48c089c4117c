import { defaultConfig, type RunConfig } from './schema.js';
import { type Part, parts, type Setting } from './settings/setting.js';
import { settings } from './settings/table.js';

export type SettingKey = keyof RunConfig;

/** Every setting, in the order of documents. */
export const settingKeys = Object.keys(settings) as SettingKey[];

/** All that is known of a setting. */
export function aboutSetting(key: SettingKey): Setting {
  return settings[key];
}

/** The settings of a part, in the order of the table. */
export function settingsOf(part: Part): SettingKey[] {
  return settingKeys.filter((key) => settings[key].part === part);
}

/** Every setting, part by part: the order in which flags are told, and what they stand for. */
export const settingsByPart: readonly SettingKey[] = parts.flatMap(settingsOf);

/** Flag by config key, for messages that name what the user typed. */
export const flagOf = Object.fromEntries(
  settingKeys.map((key) => [key, settings[key].flag.replace(/ .*/, '')]),
) as Record<SettingKey, string>;

/** `KVBENCH_VALUE_SIZE` of `--value-size`. */
export function variableOf(flag: string): string {
  return `KVBENCH_${flag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

/** How a config is said on a command line, as far as it can be. */
export interface Flags<Key> {
  /** Words, not yet quoted: a flag, and its value if it takes one. */
  argv: string[];
  /** Settings for which no flag has the words: only a config file can say them. */
  unsaid: Key[];
}

/** The flags that say these settings, in the order of the table. */
export function flagsFor(config: Partial<RunConfig>): Flags<SettingKey> {
  const flags: Flags<SettingKey> = { argv: [], unsaid: [] };
  for (const key of settingKeys) {
    if (config[key] === undefined) continue;
    const words = aboutSetting(key).text.argv(flagOf[key], config[key]);
    if (words) flags.argv.push(...words);
    else flags.unsaid.push(key);
  }
  return flags;
}

/** Those settings that are not as in a run without flags; the seed always is one. */
export function changedSettings(config: RunConfig): Partial<RunConfig> {
  const defaults: Partial<RunConfig> = defaultConfig;
  const isSame = (key: SettingKey) => JSON.stringify(config[key]) === JSON.stringify(defaults[key]);
  const changed = settingKeys.filter((key) => !isSame(key));
  return Object.fromEntries(changed.map((key) => [key, config[key]]));
}
