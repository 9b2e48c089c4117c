import { normalize } from 'node:path/posix';
import { allButDocuments, type DirectoryFacts, type ServerDraft, type ServerKind } from './kind.js';

export const node: ServerKind = {
  markers: ['package.json'],
  draft,
  // npm and Node are there already, for kvbench itself; the others come with corepack.
  toolchainSteps: ({ files }) =>
    files.some((file) => file === 'pnpm-lock.yaml' || file === 'yarn.lock')
      ? '      - run: corepack enable\n'
      : '',
};

/** How a server in Node is started: by its start script, its main file, or the likeliest file. */
function draft({ markers, files, name }: DirectoryFacts): ServerDraft {
  const about = readPackage(markers['package.json'] ?? null);
  const { setup, reads } = {
    setup: setupOf(about, files),
    reads: [...allButDocuments, '!node_modules/**'],
  };
  return {
    name: about.name ?? name,
    ...(setup && { setup }),
    ...(about.build && { build: { command: ['npm', 'run', '--silent', 'build'], inputs: reads } }),
    command: nodeCommand(about, files),
    reads,
  };
}

const installers: readonly { lockfile: string; command: string[] }[] = [
  { lockfile: 'package-lock.json', command: ['npm', 'ci'] },
  { lockfile: 'pnpm-lock.yaml', command: ['pnpm', 'install', '--frozen-lockfile'] },
  { lockfile: 'yarn.lock', command: ['yarn', 'install', '--frozen-lockfile'] },
];

/** How its dependencies are installed; nothing where it has none. */
function setupOf({ dependencies }: PackageFacts, files: readonly string[]): ServerDraft['setup'] {
  if (!dependencies) return undefined;
  const installer = installers.find(({ lockfile }) => files.includes(lockfile));
  return {
    command: installer?.command ?? ['npm', 'install'],
    inputs: ['package.json', ...(installer ? [installer.lockfile] : [])],
    keep: ['node_modules'],
  };
}

function nodeCommand({ start, main }: PackageFacts, files: readonly string[]): string[] {
  // A plain command needs no shell and no npm, and so one process less.
  if (start && /^node(\s+[\w./:=@-]+)+$/.test(start)) return start.split(/\s+/);
  if (start) return ['npm', 'run', '--silent', 'start'];
  const usual = ['server.js', 'server.mjs', 'index.js', 'index.mjs', 'app.js', 'src/server.js'];
  const likely = usual.find((file) => files.includes(file));
  // `npm init` names a main file, whether there is one or not.
  const isThere = main !== undefined && files.includes(normalize(main));
  return ['node', (isThere ? main : (likely ?? main)) ?? 'server.js'];
}

interface PackageFacts {
  name?: string;
  dependencies: boolean;
  build: boolean;
  start?: string;
  main?: string;
}

function readPackage(text: string | null): PackageFacts {
  let json: unknown;
  try {
    json = JSON.parse((text ?? '{}').replace(/^\uFEFF/, ''));
  } catch {
    return { dependencies: false, build: false };
  }
  const { name, main, scripts, dependencies, devDependencies } = Object(json) as Record<
    string,
    unknown
  >;
  const { start, build } = Object(scripts) as Record<string, unknown>;
  const needed = [dependencies, devDependencies].flatMap((list) => Object.keys(Object(list)));
  return {
    dependencies: needed.length > 0,
    build: typeof build === 'string',
    ...(typeof name === 'string' && { name: name.replace(/^@[^/]*\//, '') }),
    ...(typeof main === 'string' && main !== '' && { main }),
    ...(typeof start === 'string' && start !== '' && { start: start.trim() }),
  };
}
