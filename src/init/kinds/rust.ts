import type { DirectoryFacts, ServerDraft, ServerKind } from './kind.js';

export const rust: ServerKind = {
  markers: ['Cargo.toml'],
  draft,
  toolchainSteps: () => '      - run: cargo fetch\n',
};

/** A crate: its first binary, or the one that is named like the package. */
function draft({ markers, name }: DirectoryFacts): ServerDraft {
  const toml = markers['Cargo.toml'] ?? '';
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
