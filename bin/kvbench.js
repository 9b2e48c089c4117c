#!/usr/bin/env node
try {
  const { main } = await import('../dist/cli/main.js');
  process.exitCode = await main(process);
} catch (error) {
  // Before anything of ours runs: its files can't be opened.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('error: Too few files may be open at once for kvbench to start.\n');
  process.stderr.write('  Raise the limit, as with `ulimit -n 4096`.\n');
  process.exitCode = 2;
}
