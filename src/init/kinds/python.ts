import { allButDocuments, type DirectoryFacts, likeliest, type ServerKind } from './kind.js';

/** Beside the sources, and not in an environment: that would have the path of the checkout in it. */
const packages = '.packages';

export const python: ServerKind = {
  markers: ['requirements.txt', 'pyproject.toml'],
  draft(facts) {
    const from = requirementsOf(facts);
    return {
      name: facts.name,
      setup: {
        command: ['python3', '-m', 'pip', 'install', '--quiet', '--target', packages, ...from.what],
        inputs: [from.file],
        keep: [packages],
      },
      command: [
        'python3',
        likeliest(facts.files, ['app.py', 'main.py', 'server.py', 'src/app.py']),
      ],
      // Of the working tree the packages are where its user has them.
      env: { PYTHONPATH: packages },
      reads: [...allButDocuments, `!${packages}/**`],
    };
  },
  toolchainSteps: () => `      - uses: actions/setup-python@v5
        with:
          python-version: '3.x'
`,
};

function requirementsOf({ markers }: DirectoryFacts) {
  return markers['requirements.txt'] != null
    ? { file: 'requirements.txt', what: ['--requirement', 'requirements.txt'] }
    : { file: 'pyproject.toml', what: ['.'] };
}
