import { allButDocuments, likeliest, type ServerKind } from './kind.js';

export const ruby: ServerKind = {
  markers: ['Gemfile'],
  draft({ name, files }) {
    const isRack = files.includes('config.ru');
    return {
      name,
      // Gems of several versions live side by side where Ruby keeps them.
      setup: { command: ['bundle', 'install', '--quiet'], inputs: ['Gemfile*'] },
      command: isRack
        ? ['bundle', 'exec', 'rackup', '--host', '127.0.0.1', '--port', '{port}']
        : ['bundle', 'exec', 'ruby', likeliest(files, ['app.rb', 'server.rb', 'main.rb'])],
      // For development rackup checks each request and answer, which costs more than many a server.
      ...(isRack && { env: { RACK_ENV: 'production' } }),
      reads: allButDocuments,
    };
  },
  // It takes a version from these files, and fails where there is neither.
  toolchainSteps: ({ files }, inDir) =>
    ['.ruby-version', '.tool-versions'].some((file) => files.includes(file))
      ? stepWith(`working-directory: ${inDir('.')}`)
      : stepWith('ruby-version: ruby # the latest'),
};

function stepWith(setting: string): string {
  return `      - uses: ruby/setup-ruby@v1
        with:
          ${setting}
`;
}
