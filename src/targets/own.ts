import type { TargetSpec } from '../config/target-spec.js';
import { argumentList, planLaunch } from './launch.js';
import { buildOwn } from './own-build.js';
import { startOwn } from './own-start.js';
import type { Target } from './target.js';
import { checkUrl, startUrl } from './url.js';

/**
 * The target that a config file describes. Throws a usage error for a `url` that is not the root of
 * a server, or not on this machine unless that is allowed.
 */
export function ownTarget(spec: TargetSpec, options: { allowRemote: boolean }): Target {
  const { name, settings, contract, requests, place, requestPlace } = spec;
  const about = { name, contract, requests, requestPlace };
  if (settings.url !== undefined) {
    const { origin } = checkUrl(spec, settings.url, options);
    return {
      ...about,
      description: settings.description ?? origin,
      source: 'url',
      url: origin,
      builder: null,
      fixedPort: null,
      takesWorkers: async () => false,
      build: async () => null,
      start: (startOptions) => startUrl(spec, origin, startOptions),
    };
  }
  const { start, build } = settings;
  const port = start?.port;
  return {
    ...about,
    description:
      settings.description ??
      argumentList(start?.command ?? [])
        .join(' ')
        .slice(0, 60),
    source: 'command',
    url: null,
    builder: build ? (argumentList(build.command)[0] ?? null) : null,
    fixedPort: port === undefined ? null : { port, place: place('start', 'port') },
    takesWorkers: async () => (await planLaunch(spec)).mentions.has('workers'),
    async build(buildOptions) {
      // A mistake in how it is started is better told before it is built.
      await planLaunch(spec);
      return buildOwn(spec, buildOptions);
    },
    start: (startOptions) => startOwn(spec, startOptions),
  };
}
