import type * as z from 'zod';
import * as files from '../config/file.js';
import { fileSchemaWith } from '../config/file-schema.js';
import type { ProgramOptions } from '../config/program.js';
import { gateSettingsSchema } from '../gate/policy.js';
import { jsonSchemaText } from '../json-schema.js';
import { sweepSettingsSchema } from '../sweep/schema.js';

/** The config file with the section of each capability that has one: another is a line here. */
export const configFileSchema = fileSchemaWith({
  gate: gateSettingsSchema.optional().describe('in place of the defaults of kvbench gate'),
  sweep: sweepSettingsSchema.optional().describe('in place of the defaults of kvbench sweep'),
});

export type ConfigFile = z.infer<typeof configFileSchema>;
export type Project = files.Project<ConfigFile>;

/** A config as it is: only there so that editors complete and check it in `kvbench.config.ts`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

/** The published JSON Schema of the config file, as the text of its file; draft 7 is what editors know. */
export function configJsonSchema(): string {
  return jsonSchemaText('kvbench config', configFileSchema, { target: 'draft-7', io: 'input' });
}

/** Reads the config file that is named, or else the nearest one: `loadProject` of `config/file.ts`. */
export function loadProject(
  cwd: string,
  named: string | null,
  options?: ProgramOptions,
): Promise<Project> {
  return files.loadProject(configFileSchema, cwd, named, options);
}

/** The project that a request names, or finds. */
export async function projectFor(
  given: string | ConfigFile | null | undefined,
  cwd: string,
  signal?: AbortSignal,
): Promise<Project> {
  if (given === null) return files.projectOf(configFileSchema, {}, cwd);
  if (typeof given === 'object') return files.projectOf(configFileSchema, given, cwd);
  return loadProject(cwd, given ?? null, { signal });
}
