import { realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';

/** What is known of the tools that a build may call. */
export interface Toolchain {
  /** What decides a build besides its sources, line by line. */
  versions: string[];
  /** Those of them that are for people: what tools say of themselves, and no places of this machine. */
  told: string[];
  /** Whether the compilers are among them; without that, builds of other days can't be compared. */
  isKnown: boolean;
}

interface ToolchainQuery {
  dir: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Commands whose output tells the versions, as the config has them. */
  asked: readonly (readonly string[])[];
}

/** By a file that says which language is built, how its tools tell their version. */
const languages: readonly { marker: string; commands: readonly string[][] }[] = [
  { marker: 'go.mod', commands: [['go', 'version']] },
  {
    marker: 'Cargo.toml',
    commands: [
      ['rustc', '--version'],
      ['cargo', '--version'],
    ],
  },
  { marker: 'package.json', commands: [['node', '--version']] },
  { marker: 'pyproject.toml', commands: [['python3', '--version']] },
  { marker: 'requirements.txt', commands: [['python3', '--version']] },
  { marker: 'pom.xml', commands: [['java', '-version']] },
  { marker: 'build.gradle', commands: [['java', '-version']] },
  { marker: 'build.gradle.kts', commands: [['java', '-version']] },
  { marker: 'Gemfile', commands: [['ruby', '--version']] },
  { marker: 'composer.json', commands: [['php', '--version']] },
  {
    marker: 'CMakeLists.txt',
    commands: [
      ['cc', '--version'],
      ['c++', '--version'],
    ],
  },
  { marker: 'Makefile', commands: [['cc', '--version']] },
];

/** Compilers that are the build's command themselves: what they are is known by their file. */
const compilers = /^(go|cargo|rustc|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|javac|node|tsc|zig|swiftc)$/;

const answerTimeoutMs = 20_000;

/**
 * What builds a server of the user's own: the versions that its tools tell, by the commands of the config
 * or by the language that its files say, and the very file of the build's command, which an upgrade
 * replaces. Never throws: a tool that is not there is found missing by the build.
 */
export async function toolchainOf(query: ToolchainQuery): Promise<Toolchain> {
  const { dir, command, asked } = query;
  const known = await knownCommands(dir);
  const commands = asked.length > 0 ? asked : known;
  const answers = await Promise.all(commands.map((one) => versionOf(one, query)));
  const told = answers.flatMap((text) => text ?? []);
  const file = await identityOf(command[0] ?? '', query);
  const isCompiler = compilers.test((command[0] ?? '').split('/').at(-1) ?? '');
  return {
    versions: [...told, ...(file === null ? [] : [file])],
    told,
    isKnown: told.length > 0 || (isCompiler && file !== null),
  };
}

async function knownCommands(dir: string): Promise<readonly string[][]> {
  const found = await Promise.all(
    languages.map(async ({ marker, commands }) =>
      (await exists(join(dir, marker))) ? commands : [],
    ),
  );
  const unique = new Map(found.flat().map((command) => [command.join(' '), command]));
  return [...unique.values()];
}

/** The first line that a tool says of its version, wherever it says it; null: it does not. */
async function versionOf(
  [file = '', ...args]: readonly string[],
  { dir, env }: ToolchainQuery,
): Promise<string | null> {
  const result = await execa(file, args, {
    cwd: dir,
    env,
    reject: false,
    stdin: 'ignore',
    timeout: answerTimeoutMs,
    all: true,
  });
  return result.failed ? null : String(result.all).trim();
}

/** The file that a command is, by its place, size and time; null where it can't be found. */
async function identityOf(
  command: string,
  { dir, env }: Pick<ToolchainQuery, 'dir' | 'env'>,
): Promise<string | null> {
  const path = env['PATH'] ?? process.env['PATH'] ?? '';
  const places = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(dir, command)]
    : path.split(delimiter).map((folder) => join(folder, command));
  for (const place of places) {
    try {
      const real = await realpath(place);
      const { size, mtimeMs } = await stat(real);
      // A script of the checkout is one of its sources, and has another place in each.
      return real.startsWith(`${await realpath(dir)}/`) ? null : `${real} ${size} ${mtimeMs}`;
    } catch {
      // Not there.
    }
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
