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
        inputs: from.inputs,
        keep: [packages],
      },
      command: commandOf(facts),
      // Of the working tree the packages are where its user has them.
      env: { PYTHONPATH: packages },
      reads,
    };
  },
  toolchainSteps: () => `      - uses: actions/setup-python@v5
        with:
          python-version: '3.x'
`,
};

const reads = [...allButDocuments, `!${packages}/**`];

function requirementsOf({ markers }: DirectoryFacts): { what: string[]; inputs: string[] } {
  return markers['requirements.txt'] != null
    ? { what: ['--requirement', 'requirements.txt'], inputs: ['requirements.txt'] }
    : // Together with what it needs the project itself is installed, so all of it decides.
      { what: ['.'], inputs: reads };
}

/** How it is started: what a framework has for it, or the likeliest file. */
function commandOf({ markers, files }: DirectoryFacts): string[] {
  if (files.includes('manage.py')) {
    return ['python3', 'manage.py', 'runserver', '--noreload', '{addr}'];
  }
  const file = likeliest(files, ['app.py', 'main.py', 'server.py', 'src/app.py']);
  const needs = `${markers['requirements.txt'] ?? ''}${markers['pyproject.toml'] ?? ''}`;
  if (!/\b(fastapi|starlette|uvicorn)\b/i.test(needs)) return ['python3', file];
  const module = file.replace(/\.py$/, '').replaceAll('/', '.');
  return ['python3', '-m', 'uvicorn', `${module}:app`, '--port', '{port}'];
}
