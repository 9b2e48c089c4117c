import type { Kind } from './detect.js';

interface WorkflowDraft {
  kind: Exclude<Kind, 'url'>;
  hasLockfile: boolean;
  /** The config's directory in the repository: `.` or `services/api`. */
  dir: string;
}

/** A GitHub workflow that runs kvbench on pull requests; it needs no secrets and may only read. */
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
  return `# Fails a pull request that breaks a threshold: \`kvbench run --help\`, --fail-on.
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
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
${setUp[kind]}      - run: npx --yes kvbench run --fail-on 'p99>250ms'
`;
}
