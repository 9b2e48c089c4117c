import type { Kind } from './detect.js';

interface WorkflowDraft {
  kind: Exclude<Kind, 'url'>;
  hasLockfile: boolean;
  /** The config's directory in the repository: `.` or `services/api`. */
  dir: string;
}

/**
 * A GitHub workflow that runs kvbench on pull requests; it needs no secrets and may only read. What
 * is built from the repository is gated, the rest is held against a threshold.
 */
export function workflowText({ kind, hasLockfile, dir }: WorkflowDraft): string {
  const inDir = (file: string) => JSON.stringify(dir === '.' ? file : `${dir}/${file}`);
  const setUp: Record<typeof kind, string> = {
    node: `      - run: ${hasLockfile ? 'npm ci' : 'npm install'}\n`,
    go: `      - uses: actions/setup-go@v5
        with:
          go-version-file: ${inDir('go.mod')}
`,
    rust: '      - run: cargo fetch\n',
    command: '',
  };
  const isBuilt = kind === 'go' || kind === 'rust';
  const about = isBuilt
    ? 'Fails a pull request that makes the server slower: docs/ci.md of kvbench.'
    : 'Fails a pull request that breaks a threshold: `kvbench run --help`, --fail-on.';
  // The checkout of a pull request is its merge, whose first parent is the branch that it goes to.
  const depth = isBuilt ? '          fetch-depth: 2\n' : '';
  const command = isBuilt
    ? 'npx --yes kvbench gate --base HEAD^1'
    : "npx --yes kvbench run --fail-on 'p99>250ms'";
  return `# ${about}
name: kvbench
on:
  pull_request:
permissions:
  contents: read
concurrency:
  group: kvbench-\${{ github.ref }}
  cancel-in-progress: true
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
${setUp[kind]}      - run: ${command}
`;
}
