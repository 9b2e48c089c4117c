// Vets the Go server as each of its members is built. Part of `npm run check`; the argument is the linter.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../go-kv', import.meta.url));
const linter = process.argv[2];

const own = [
  'none',
  'kvinject',
  'store_mutex',
  'store_rwmutex',
  'store_shards',
  'stack_mux',
  'stack_pool',
];
/** Each by the name of its file of modules, which is go.mod in a copy: the linter knows no other. */
const withModules = ['chi', 'gin', 'fasthttp'];

function vet(dir, tag) {
  const run = (...args) => execFileSync('go', args, { cwd: dir, stdio: 'inherit' });
  run('vet', '-tags', tag, './...');
  run('run', linter, '-tags', tag, './...');
}

const copy = mkdtempSync(join(tmpdir(), 'kvbench-go-kv-'));
try {
  for (const tag of own) vet(source, tag);
  cpSync(source, copy, { recursive: true });
  for (const stack of withModules) {
    for (const kind of ['mod', 'sum'])
      cpSync(join(copy, `${stack}.${kind}`), join(copy, `go.${kind}`));
    vet(copy, `stack_${stack}`);
  }
} catch (error) {
  // go has said what is wrong.
  if (error.status === undefined) throw error;
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
