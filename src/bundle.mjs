// Writes the JavaScript of dist/: kvbench and the packages that it uses, cut where commands part, so that
// one loads a handful of files and not a thousand (docs/decisions/0027). `npm run build` adds the types.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { globSync } from 'tinyglobby';
import { licencesPage, packagesOf } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is started or imported by its path; all else goes where the bundler puts it. */
const entryPoints = [
  'src/cli/main.ts',
  'src/index.ts',
  'src/internals.ts',
  'src/config/program-worker.ts',
  'src/load/warm-up-server.ts',
  'src/load/worker.ts',
  'src/processes/guard.ts',
  'src/processes/watcher.ts',
];

/** What loads parts of itself by their path, and only when it has to. */
const external = ['jiti'];

/** Packages in CommonJS ask for those of Node by this name. */
const requireOfNode =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

/** Types, which take as long as all else, stay where their source is: the compiler knows which to write again. */
function isOfSource(file) {
  const types = /^(.*)\.d\.ts$/.exec(file);
  return types !== null && existsSync(join(root, 'src', `${types[1]}.ts`));
}

const dist = join(root, 'dist');
for (const file of globSync('**', { cwd: dist, dot: true, ignore: '*.tsbuildinfo' })) {
  if (!isOfSource(file)) rmSync(join(dist, file));
}
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  external,
  outdir: 'dist',
  outbase: 'src',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // ES modules where there are any: what is not used of them is left out.
  mainFields: ['module', 'main'],
  banner: { js: requireOfNode },
  define: { __filename: 'import.meta.filename' },
  // For the stacks of bugs, which need lines and no text.
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});
const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
writeFileSync(
  `${root}dist/LICENSES.md`,
  licencesPage({
    title: 'Licences of what is in dist/',
    about: 'Written by `src/bundle.mjs`, of the packages whose code it has put there.',
    kind: 'package',
    packages: packagesOf(inputs, root),
  }),
);
