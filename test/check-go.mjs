// Lints the Go server: its format, and its code as each of its members is compiled. Part of `npm run check`;
// the argument is the linter, a package with its version.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goLints } from './members.mjs';

const source = fileURLToPath(new URL('../go-kv', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'kvbench-check-go-'));
const [linter = ''] = process.argv.slice(2);
const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, env: { ...process.env, GOBIN: scratch }, stdio: 'inherit' });

/** Sources of which go.mod is another file of modules: the linter knows no `-modfile`. */
function withModules(file) {
  const dir = join(scratch, basename(file, '.mod'));
  cpSync(source, dir, { recursive: true });
  cpSync(join(dir, file), join(dir, 'go.mod'));
  cpSync(join(dir, file.replace(/mod$/, 'sum')), join(dir, 'go.sum'));
  return dir;
}

try {
  const badlyFormatted = execFileSync('gofmt', ['-l', '.'], { cwd: source, encoding: 'utf8' });
  if (badlyFormatted !== '') {
    process.stderr.write(`gofmt would change these files of go-kv:\n${badlyFormatted}`);
    process.exitCode = 1;
  }
  run(source, 'go', 'install', linter);
  const executable = join(scratch, basename(linter.replace(/@.*/, '')));
  for (const flags of goLints) {
    const file = /^-modfile=(.*)$/m.exec(flags.join('\n'))?.[1];
    const dir = file ? withModules(file) : source;
    const tags = flags.filter((flag) => flag.startsWith('-tags='));
    run(dir, 'go', 'vet', ...tags, './...');
    run(dir, executable, ...tags, './...');
  }
} catch (error) {
  // go has said what is wrong.
  if (error.status === undefined) throw error;
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
