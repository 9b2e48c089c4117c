import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { KvbenchError } from '../../errors.js';
import type { Converter, Recipe } from '../recipe.js';

/**
 * What makes a profile of LLVM's counts: the tool of the very toolchain, since others can't read what its
 * programs write. Throws a `target` error where it is not installed.
 */
export async function llvmProfdata({ name }: Recipe, cwd: string): Promise<Converter> {
  const { stdout } = await execa('rustc', ['--print', 'target-libdir'], { cwd, stdin: 'ignore' });
  return profdataBeside(stdout.trim(), name);
}

/** The same, of the toolchain whose libraries are in that directory. */
export async function profdataBeside(libDir: string, name: string): Promise<Converter> {
  const tool = join(libDir, '..', 'bin', 'llvm-profdata');
  const isThere = await stat(tool).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new KvbenchError(
      'target',
      `${name} can't be built: this Rust has no llvm-profdata, which makes profiles.`,
      `Get it with \`rustup component add llvm-tools\`, or leave ${name} out.`,
    );
  }
  return (recorded, profile) => [tool, 'merge', '-o', profile, recorded];
}
