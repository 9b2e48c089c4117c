import { targetGroups } from '../config/names.js';
import { KvbenchError } from '../errors.js';
import { suggest } from '../suggest.js';
import { type BundledTarget, bundledTarget, isBundled, nullTarget } from './bundled.js';
import { cargoRecipe } from './cargo.js';
import { memberNamed } from './family/members.js';
import type { Target } from './target.js';

const goFlags = ['-trimpath', '-buildvcs=false'];

/** The bundled targets, in the order in which they are shown. */
export const bundledTargets: readonly BundledTarget[] = [
  bundledTarget(
    cargoRecipe({
      name: 'rust',
      description: 'actix-web on tokio, dashmap',
      crate: 'rust-kv',
      handler: {
        file: 'src/handler.rs',
        line: (change) => `#[used]\nstatic CHANGE_${change}: u8 = 0;\n`,
      },
    }),
  ),
  bundledTarget({
    name: 'go',
    description: 'net/http, sync.Map',
    sourceDir: 'go-kv',
    isSource: (file) => /\.go$|^go\.(mod|sum)$/.test(file) && !file.endsWith('_test.go'),
    executable: 'go-kv',
    handler: { file: 'service.go', line: (change) => `var change${change} = 0\n` },
    tool: { command: 'go', installHint: 'Install Go from https://go.dev/dl' },
    versionCommands: [['go', 'version']],
    fetchCommand: null,
    flags: goFlags,
    buildCommand: ({ work }) => ['go', 'build', ...goFlags, '-o', `${work}/go-kv`, '.'],
    buildEnv: ({ work }) => ({ GOCACHE: `${work}/cache`, GOFLAGS: '', CGO_ENABLED: '0' }),
    builtPath: ({ work }) => `${work}/go-kv`,
  }),
];

/**
 * The target of a name; a usage error with a suggestion if there is none. Where null targets will
 * do, their answers' size in bytes is given, and `null-` before a bundled one names its null target.
 */
export function findTarget(
  name: string,
  targets: readonly Target[] = bundledTargets,
  nullValueBytes: number | null = null,
): Target {
  const target = targets.find((candidate) => candidate.name === name);
  if (target) return target;
  const storeName = name.startsWith('null-') && nullValueBytes !== null ? name.slice(5) : name;
  const bundled = targets.filter(isBundled);
  const store =
    bundled.find((candidate) => candidate.name === storeName) ?? memberNamed(storeName, bundled);
  if (store) {
    return storeName === name ? store : nullTarget(store, nullValueBytes as number);
  }
  const names = [...targets.map((candidate) => candidate.name), ...targetGroups];
  throw new KvbenchError(
    'usage',
    `There is no target named ${JSON.stringify(name)}.`,
    suggest(name, names, 'Targets'),
  );
}
