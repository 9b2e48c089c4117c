import { allButDocuments, likeliest, type ServerKind } from './kind.js';

export const ruby: ServerKind = {
  markers: ['Gemfile'],
  draft: ({ name, files }) => ({
    name,
    // Gems of several versions live side by side where Ruby keeps them.
    setup: { command: ['bundle', 'install', '--quiet'], inputs: ['Gemfile*'] },
    command: files.includes('config.ru')
      ? ['bundle', 'exec', 'rackup', '--host', '127.0.0.1', '--port', '{port}']
      : ['bundle', 'exec', 'ruby', likeliest(files, ['app.rb', 'server.rb', 'main.rb'])],
    reads: allButDocuments,
  }),
  toolchainSteps: () => `      - uses: ruby/setup-ruby@v1
        with:
          bundler-cache: true
`,
};
