import type { ConfigFile } from './file-schema.js';

/** A config as it is: only there so that editors complete and check it in `kvbench.config.ts`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}
