import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { filesOf } from '../../targets/own-step.js';
import { noAdvisories } from '../parts/advisories.js';
import { parseJson } from '../tools.js';
import { isTest, type Manager } from './manager.js';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** What a production install has, by its lockfile. */
export const npm: Manager = {
  manifest: 'package-lock.json',
  async dependencies(dir) {
    const text = await readFile(join(dir, 'package-lock.json'), 'utf8');
    const parsed = lockSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      return { reason: 'package-lock.json is of a version that is not known here' };
    }
    const { '': root, ...all } = parsed.data.packages;
    const direct = new Set(Object.keys(root?.dependencies ?? {}));
    const installed = Object.entries(all).filter(
      ([path, { dev }]) => path.startsWith('node_modules/') && !dev,
    );
    return Promise.all(
      installed.map(async ([path, { version = '', license }]) => {
        const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
        const home = join(dir, path);
        const files = await filesOf(home, ['**/*.{js,cjs,mjs}', '!**/node_modules/**']);
        return {
          name,
          version,
          isDirect: direct.has(name) && path === `node_modules/${name}`,
          licence: license ?? null,
          files:
            files.length === 0
              ? null
              : files.filter((file) => !isTest(file)).map((file) => join(home, file)),
        };
      }),
    );
  },
  advise: async () => noAdvisories('npm audit asks a server, and is left to you'),
};
