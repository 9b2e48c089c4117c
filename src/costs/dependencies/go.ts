import { join } from 'node:path';
import type { CostContext, CostSubject } from '../part.js';
import { noAdvisories } from '../parts/advisories.js';
import { ask } from '../tools.js';
import type { Dependency, Manager } from './manager.js';

/** Modules of the packages that are compiled, and the files of them that are. */
export const go: Manager = {
  manifest: 'go.mod',
  async dependencies(dir, subject, context) {
    const format =
      '{{if and (not .Standard) .Module}}{{if not .Module.Main}}{{.Module.Path}}|{{.Module.Version}}|{{.Module.Indirect}}|{{.Dir}}|{{join .GoFiles ","}}{{end}}{{end}}';
    const said = await list(['-deps', '-f', format], dir, subject, context);
    return 'reason' in said ? said : modulesOf(said.text);
  },
  async compiled(dir, subject, context) {
    const said = await list(['-f', '{{join .GoFiles "\\n"}}'], dir, subject, context);
    return 'reason' in said ? said : new Set(said.text.split('\n'));
  },
  advise: async () => noAdvisories('govulncheck asks a server, and is left to you'),
};

/** Asks about what is built, by the tags and variables with which it is. */
function list(
  args: readonly string[],
  dir: string,
  { recipe }: CostSubject,
  { signal, work }: CostContext,
) {
  const tags = (recipe?.flags ?? []).filter((flag) => /^-(tags|modfile)=/.test(flag));
  const env = recipe?.buildEnv({ source: dir, work }) ?? {};
  return ask(['go', 'list', ...tags, ...args, '.'], { cwd: dir, env, signal });
}

/** Of a line for each package: `module|version|is indirect|directory|file,…`. */
export function modulesOf(text: string): Dependency[] {
  const found = new Map<string, Dependency & { files: string[] }>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [name = '', version = '', indirect, home = '', files = ''] = line.split('|');
    const module = found.get(name) ?? {
      name,
      version,
      isDirect: indirect === 'false',
      // go.mod has no field for it.
      licence: null,
      files: [],
    };
    const paths = files.split(',').filter((file) => file !== '');
    module.files.push(...paths.map((file) => join(home, file)));
    found.set(name, module);
  }
  return [...found.values()];
}
