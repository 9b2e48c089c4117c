import { type Kind, languageOf } from './kinds/index.js';
import type { DirectoryFacts } from './kinds/kind.js';

interface WorkflowDraft {
  kind: Exclude<Kind, 'url'>;
  facts: DirectoryFacts;
  /** The config's directory in the repository: `.` or `services/api`. */
  dir: string;
}

/**
 * A GitHub workflow that runs kvbench on pull requests; it needs no secrets and may only read. What
 * can be built from the repository is gated, the rest is held against a threshold.
 */
export function workflowText({ kind, facts, dir }: WorkflowDraft): string {
  const inDir = (file: string) => JSON.stringify(dir === '.' ? file : `${dir}/${file}`);
  const language = languageOf(kind);
  const about = language
    ? 'Fails a pull request that makes the server slower: docs/ci.md of kvbench.'
    : 'Fails a pull request that breaks a threshold: `kvbench run --help`, --fail-on.';
  // The checkout of a pull request is its merge, whose first parent is the branch that it goes to.
  const depth = language ? '          fetch-depth: 2\n' : '';
  const command = language ? 'gate --base HEAD^1' : "run --fail-on 'p99>250ms'";
  return `# ${about}
name: kvbench
on:
  pull_request:
permissions:
  contents: read
concurrency:
  group: kvbench-\${{ github.ref }}
  cancel-in-progress: true
env:
  # What npx installs: a version, or a tarball of \`npm pack\`, as ./kvbench.tgz.
  KVBENCH_PACKAGE: kvbench
jobs:
  kvbench:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    defaults:
      run:
        working-directory: ${JSON.stringify(dir)}
    steps:
      - uses: actions/checkout@v4
        with:
${depth}          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
${language?.toolchainSteps(facts, inDir) ?? ''}      - uses: actions/cache@v4
        with:
          path: ~/.cache/kvbench
          key: kvbench-\${{ runner.os }}-\${{ github.run_id }}
          restore-keys: kvbench-\${{ runner.os }}-
      - run: npx --yes --package "$KVBENCH_PACKAGE" kvbench ${command}
`;
}
