import { allButDocuments, type ServerKind } from './kind.js';

export const php: ServerKind = {
  markers: ['composer.json'],
  draft: ({ name, files }) => ({
    name,
    setup: {
      command: ['composer', 'install', '--no-dev', '--quiet'],
      inputs: ['composer.*'],
      keep: ['vendor'],
    },
    // PHP's own server, which answers one request at a time: enough for a first look.
    command: ['php', '-S', '{addr}', '-t', files.includes('public') ? 'public' : '.'],
    reads: [...allButDocuments, '!vendor/**'],
  }),
  toolchainSteps: () => `      - uses: shivammathur/setup-php@v2
        with:
          php-version: '8.3'
`,
};
