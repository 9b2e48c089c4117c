import type { DirectoryFacts, ServerDraft, ServerKind } from './kind.js';

export const go: ServerKind = {
  markers: ['go.mod'],
  draft,
  toolchainSteps: (_, inDir) => `      - uses: actions/setup-go@v5
        with:
          go-version-file: ${inDir('go.mod')}
`,
};

/** A Go module: its root package if there is a program in it, else the first below `cmd/`. */
function draft({ markers, files, name }: DirectoryFacts): ServerDraft {
  const [, module] = /^module\s+"?([^\s"]+)/m.exec(markers['go.mod'] ?? '') ?? [];
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
