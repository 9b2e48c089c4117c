// Lints the crates: the server as each of its members is compiled. Part of `npm run check`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rustLints } from './members.mjs';

function cargo(crate, ...args) {
  const cwd = fileURLToPath(new URL(`../${crate}`, import.meta.url));
  execFileSync('cargo', args, { cwd, stdio: 'inherit' });
}

const clippy = (crate, flags) =>
  cargo(crate, 'clippy', '--locked', '--all-targets', ...flags, '--', '-D', 'warnings');

try {
  for (const crate of ['rust-kv', 'rust-load']) cargo(crate, 'fmt', '--check');
  for (const flags of rustLints) clippy('rust-kv', flags);
  clippy('rust-load', []);
} catch (error) {
  // cargo has said what is wrong.
  if (error.status === undefined) throw error;
  process.exitCode = 1;
}
