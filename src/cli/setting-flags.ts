import type { Command } from 'commander';
import { aboutSetting, type SettingKey, settingKeys, settingsOf } from '../config/flags.js';
import { given } from '../config/given.js';
import type { Part, Setting } from '../config/settings/setting.js';
import { onOrOff } from '../config/settings/texts.js';
import { attributeOf, flagReader } from './flags.js';

/** What a command itself says of the flag of a setting: another help, or how else it is read. */
type Own = string | Partial<Pick<Setting, 'flag' | 'text' | 'help'>>;

/**
 * Adds the flags of the settings of a part, in the order of the table, with what the command itself
 * says of some; null: it does not take that one.
 */
export function addSettings(
  command: Command,
  part: Part,
  own: { readonly [Key in SettingKey]?: Own | null } = {},
): Command {
  for (const key of settingsOf(part)) {
    const said = own[key];
    if (said !== null) addSetting(command, key, said);
  }
  return command;
}

/** Adds the flag of one setting. */
export function addSetting(command: Command, key: SettingKey, own: Own = {}): Command {
  const about = aboutSetting(key);
  const { flag, text, help } = { ...about, ...(typeof own === 'string' ? { help: own } : own) };
  if (text !== onOrOff) return command.option(flag, help, flagReader(text));
  return command
    .option(flag, help)
    .option(flag.replace(/^--/, '--no-'), 'do not, even if the config file says so');
}

/** The help of a setting without its default, for a command that has another one. */
export function helpWithoutDefault(key: SettingKey): string {
  return aboutSetting(key).help.replace(/ \(default\b[^)]*\)/, '');
}

/** The helps of a part without defaults, for a command that tells none. */
export function withoutDefaults(part: Part): { [Key in SettingKey]?: string } {
  return Object.fromEntries(settingsOf(part).map((key) => [key, helpWithoutDefault(key)]));
}

/** The settings of a run that flags give. */
export function settingsFrom(flags: object): { [Key in SettingKey]?: unknown } {
  const values = flags as Record<string, unknown>;
  const entries = settingKeys.map((key) => [key, values[attributeOf(aboutSetting(key).flag)]]);
  return given(Object.fromEntries(entries) as Record<SettingKey, unknown>);
}
