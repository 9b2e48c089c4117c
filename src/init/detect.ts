import { normalize } from 'node:path/posix';
import { isReservedName } from '../config/schema.js';

/** How a server is started, as `kvbench init` understands it. */
export const kinds = ['node', 'go', 'rust', 'command', 'url'] as const;
export type Kind = (typeof kinds)[number];

/** What lies in a directory, as far as it tells what the server is. */
export interface DirectoryFacts {
  /** The directory's own name. */
  name: string;
  packageJson: string | null;
  goMod: string | null;
  cargoToml: string | null;
  hasLockfile: boolean;
  /** Paths of files, relative, two levels deep. */
  files: readonly string[];
}

/** A server as it will stand in the config. */
export interface ServerDraft {
  name: string;
  build: { command: string[]; inputs: string[]; artifact: string } | null;
  command: string[];
}

/** The kinds of servers that may lie in the directory. */
export function detectKinds({ packageJson, goMod, cargoToml }: DirectoryFacts): Kind[] {
  const found: [Kind, string | null][] = [
    ['node', packageJson],
    ['go', goMod],
    ['rust', cargoToml],
  ];
  return found.filter(([, text]) => text !== null).map(([kind]) => kind);
}

/** How a server in Node is started: by its start script, its main file, or the likeliest file. */
export function draftNode({ packageJson, files, name }: DirectoryFacts): ServerDraft {
  const about = readPackage(packageJson);
  return { name: about.name ?? name, build: null, command: nodeCommand(about, files) };
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
  start?: string;
  main?: string;
}

function readPackage(text: string | null): PackageFacts {
  let json: unknown;
  try {
    json = JSON.parse((text ?? '{}').replace(/^\uFEFF/, ''));
  } catch {
    return {};
  }
  const { name, main, scripts } = Object(json) as Record<string, unknown>;
  const start = (Object(scripts) as Record<string, unknown>)['start'];
  return {
    ...(typeof name === 'string' && { name: name.replace(/^@[^/]*\//, '') }),
    ...(typeof main === 'string' && main !== '' && { main }),
    ...(typeof start === 'string' && start !== '' && { start: start.trim() }),
  };
}

/** A Go module: its root package if there is a program in it, else the first below `cmd/`. */
export function draftGo({ goMod, files, name }: DirectoryFacts): ServerDraft {
  const [, module] = /^module\s+"?([^\s"]+)/m.exec(goMod ?? '') ?? [];
  const last = module
    ?.split('/')
    .filter((part) => !/^v\d+$/.test(part))
    .at(-1);
  const atRoot = files.some((file) => /^[^/]+\.go$/.test(file) && !file.endsWith('_test.go'));
  const [program] = files.filter((file) => /^cmd\/[^/]+\//.test(file)).toSorted();
  const where = !atRoot && program ? `./${program.split('/').slice(0, 2).join('/')}` : '.';
  return {
    name: last ?? name,
    build: {
      // The gate compares bytes: the path of the build must not be part of them.
      command: ['go', 'build', '-trimpath', '-o', '.kvbench/server', where],
      inputs: ['**/*.go', 'go.*'],
      artifact: '.kvbench/server',
    },
    command: ['{artifact}'],
  };
}

/** A crate: its first binary, or the one that is named like the package. */
export function draftRust({ cargoToml, name }: DirectoryFacts): ServerDraft {
  const toml = cargoToml ?? '';
  const binary = nameIn(toml, '[[bin]]') ?? nameIn(toml, '[package]') ?? name;
  return {
    name: binary,
    build: {
      command: ['cargo', 'build', '--release', '--bin', binary],
      inputs: ['src/**/*.rs', 'Cargo.*'],
      artifact: `target/release/${binary}`,
    },
    command: ['{artifact}'],
  };
}

/** The `name` in the first section of TOML with that head. */
function nameIn(toml: string, head: string): string | undefined {
  const lines = toml.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => line.replace(/\s*#.*$/, '') === head);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('['));
  const section = end < 0 ? rest : rest.slice(0, end);
  return section.map((line) => /^name\s*=\s*["']([\w-]+)["']/.exec(line)?.[1]).find(Boolean);
}

/** A name that a target can have, made of any text. */
export function toTargetName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 25);
  if (name === '') return 'server';
  return isReservedName(name) ? `my-${name}` : name;
}
