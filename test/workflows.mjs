// Holds every workflow that we hand out against actionlint: those of docs/ci.md, those that
// `kvbench init` writes, and one that uses our action, with its inputs and outputs.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds, workflowText } from '../dist/internals.js';

const actionlint = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.7';
const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

const documented = [...read('docs/ci.md').matchAll(/^```yaml\n(.*?)^```$/gms)]
  .map(([, text]) => text)
  // The others are GitLab's.
  .filter((text) => /^on:/m.test(text));
const written = kinds
  .filter((kind) => kind !== 'url')
  .flatMap((kind) =>
    [['yarn.lock', '.ruby-version'], []].map((files) =>
      workflowText({ kind, facts: { name: 'api', markers: {}, files }, dir: 'services/api' }),
    ),
  );
const using = documented
  .filter((text) => text.includes('OWNER/kvbench'))
  // As the project's own, so that its inputs and outputs are known.
  .map((text) => text.replace(/uses: OWNER\/kvbench@\S+/, 'uses: ./'));

const dir = mkdtempSync(join(tmpdir(), 'kvbench-workflows-'));
try {
  const workflows = join(dir, '.github', 'workflows');
  mkdirSync(workflows, { recursive: true });
  mkdirSync(join(dir, '.git'));
  copyFileSync(new URL('action.yml', root), join(dir, 'action.yml'));
  const all = [...documented, ...written, ...using];
  for (const [index, text] of all.entries()) writeFileSync(join(workflows, `${index}.yml`), text);
  if (documented.length < 3 || using.length === 0)
    throw new Error('docs/ci.md lacks its workflows');
  // From the directory of a module actionlint would be looked up in that.
  const { status } = spawnSync('go', ['run', actionlint], { cwd: dir, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  if (status === 0) process.stdout.write(`${all.length} workflows are fine\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
