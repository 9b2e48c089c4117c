/** The address of an HTTP server, with nothing below it; null for any other text. */
export function rootUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return null;
  // It says that this is the whole name, and not every resolver knows it so.
  if (url.hostname === 'localhost.') url.hostname = 'localhost';
  const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  return isBare ? url : null;
}

/**
 * Whether it is on this machine, as far as its text tells: no name is looked up. The addresses that
 * stand for all of a machine lead to this one.
 */
export function isLoopback({ hostname }: URL): boolean {
  // As URLs write them: [::ffff:127.0.0.1] is [::ffff:7f00:1].
  return /^(127(\.\d+){3}|0\.0\.0\.0|localhost\.?|\[::1?\]|\[::ffff:(7f[\da-f]{2}:[\da-f]{1,4}|0:0)\])$/.test(
    hostname,
  );
}

/** An address for a message: without the name, the password and the query that are in it. */
export function shownUrl(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, '$1…@').replace(/\?.*/s, '?…');
}
