import { execFileSync } from 'node:child_process';

/** An installed Chromium: KVBENCH_CHROMIUM, or what is on the path; null: there is none. */
export function findChromium(): string | null {
  const given = process.env['KVBENCH_CHROMIUM'];
  if (given) return given;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      const path = execFileSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
      return path.trim();
    } catch {
      // The next one, then.
    }
  }
  return null;
}
