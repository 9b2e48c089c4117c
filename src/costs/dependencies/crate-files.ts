import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Files of a crate that are compiled where these facts hold, as `rustc --print cfg` writes them: those to
 * which `mod` leads from its roots. Relative to the crate; a module whose file is not there is left out.
 */
export async function crateFiles(dir: string, facts: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  const follow = async (candidates: readonly string[], below: string) => {
    for (const file of candidates) {
      const text = await readFile(join(dir, file), 'utf8').catch(() => null);
      if (text === null) continue;
      found.add(file);
      const home = /\/(lib|main|mod)\.rs$/.test(file) ? dirname(file) : below;
      for (const name of modulesOf(text, facts)) {
        const path = `${home}/${name}`;
        await follow([`${path}.rs`, `${path}/mod.rs`], path);
      }
      return;
    }
  };
  for (const root of ['src/lib.rs', 'src/main.rs']) await follow([root], 'src');
  return found;
}

/** Names of the modules with a file of their own that a text declares, where their `cfg` holds. */
export function modulesOf(text: string, facts: ReadonlySet<string>): string[] {
  const declaration =
    /^[ \t]*((?:(?:#\[[^\]]*\]|\/\/[^\n]*\n)\s*)*)(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/gm;
  return [...text.matchAll(declaration)].flatMap(([, attributes = '', name = '']) => {
    const conditions = [...attributes.matchAll(/#\[cfg\(([\s\S]*?)\)\]/g)];
    return conditions.every(([, condition = '']) => holds(condition, facts)) ? [name] : [];
  });
}

/** Whether `all(unix, not(feature = "x"))` holds. */
export function holds(condition: string, facts: ReadonlySet<string>): boolean {
  const tokens = condition.match(/\w+(?:\s*=\s*"[^"]*")?|[(),]/g) ?? [];
  let at = 0;
  const next = (): boolean => {
    const token = (tokens[at++] ?? '').replace(/\s*=\s*/, '=');
    if (tokens[at] !== '(') return facts.has(token);
    const parts: boolean[] = [];
    while (at < tokens.length && tokens[at] !== ')') {
      at++;
      if (tokens[at] !== ')') parts.push(next());
    }
    at++;
    if (token === 'not') return !parts[0];
    return token === 'any' ? parts.some(Boolean) : parts.every(Boolean);
  };
  return next();
}
