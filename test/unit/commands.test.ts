import { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandNames, commandsFor } from '../../src/cli/commands.js';

const context = {
  io: {
    ...{ args: [], env: {}, cwd: '/', signal: new AbortController().signal },
    ...{ stdout: { write: () => true }, stderr: { write: () => true } },
  },
  setExitCode: () => {},
};

async function namesFor(...args: string[]): Promise<string[]> {
  const program = new Command();
  for (const add of await commandsFor(args)) add(program, context);
  return program.commands.map((command) => command.name());
}

test.each(commandNames)('%s takes itself alone', async (name) => {
  expect(await namesFor(name, '--help')).toEqual([name]);
});

test.each([[[]], [['--help']], [['help', 'run']], [['rnu']], [['toString']]])(
  '%j takes all',
  async (args) => {
    expect(await namesFor(...args)).toEqual(commandNames);
  },
);

test('the version takes none', async () => {
  expect(await namesFor('--version')).toEqual([]);
});
