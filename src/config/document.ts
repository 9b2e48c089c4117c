import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
} from 'jsonc-parser';
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import { messageOf } from '../errors.js';

export type Path = readonly (string | number)[];

/** A place in a text: both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** What a config file says, and where it says it. */
export interface ConfigDocument {
  /** Undefined: there is nothing in it. */
  value: unknown;
  /** Where a setting begins, or the nearest one above it that is there; null: nobody can tell. */
  position(path: Path): Position | null;
}

/** A text that is no JSON or no YAML: `message` is a clause, as `a comma is missing`. */
export class SyntaxProblem extends Error {
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

/** Why jsonc-parser could not go on, by its code. */
const jsonProblems: Record<number, string> = {
  1: 'a value is misspelt or not quoted',
  2: 'a number is malformed',
  3: 'the name of a setting in double quotes is missing',
  4: 'a value is missing',
  5: 'a colon is missing',
  6: 'a comma is missing',
  7: 'a closing } is missing',
  8: 'a closing ] is missing',
  9: 'something follows after the end',
  10: 'a comment is malformed',
  11: 'a comment has no end',
  12: 'a text has no closing quote',
  13: 'a number has no end',
  14: 'a \\u escape is malformed',
  15: 'an escape is malformed',
  16: 'a character is not allowed',
};

const tooDeep = 'it is nested too deeply';

/** Parsers call themselves for each level: of too many the stack ends. */
function nested<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyntaxProblem(tooDeep, { line: 1, column: 1 });
  }
}

/** JSON with comments and trailing commas; throws a `SyntaxProblem`. */
export function parseJsonDocument(text: string): ConfigDocument {
  return nested(() => jsonDocument(text));
}

function jsonDocument(text: string): ConfigDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [first] = errors;
  if (first) {
    const message = jsonProblems[first.error] ?? 'it is malformed';
    throw new SyntaxProblem(message, positionOf(text, first.offset));
  }
  if (!root) return { value: undefined, position: () => null };
  refuseRepeats(root, text);
  return {
    // Objects without a prototype: a key named __proto__ is a key like any other.
    value: getNodeValue(root),
    position(path) {
      for (let length = path.length; length > 0; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        // A setting begins with its name.
        if (node) {
          const { offset } = node.parent?.type === 'property' ? node.parent : node;
          return positionOf(text, offset);
        }
      }
      return positionOf(text, root.offset);
    },
  };
}

/** JSON lets the last of two equal names win; nobody means that. */
function refuseRepeats(node: Node, text: string): void {
  const seen = new Set<string>();
  for (const child of node.children ?? []) {
    if (node.type === 'object') {
      const name = String(child.children?.[0]?.value);
      if (seen.has(name)) {
        const message = `${JSON.stringify(name)} is written twice`;
        throw new SyntaxProblem(message, positionOf(text, child.offset));
      }
      seen.add(name);
    }
    refuseRepeats(child, text);
  }
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** YAML, with `<<: *name` for what several targets share; throws a `SyntaxProblem`. */
export function parseYamlDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = nested(() =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true }),
  );
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [first] = document.errors;
  if (first) throw new SyntaxProblem(yamlClause(first.message), at(first.pos[0]));
  return {
    value: yamlValue(() => document.toJS() as unknown) ?? undefined,
    position(path) {
      let node: unknown = document.contents;
      let offset = document.contents?.range?.[0] ?? 0;
      for (const step of path) {
        const next = stepInto(node, step);
        if (!next) break;
        ({ node, offset } = next);
      }
      return at(offset);
    },
  };
}

function stepInto(node: unknown, step: string | number): { node: unknown; offset: number } | null {
  if (isMap(node)) {
    const named = ({ key }: Pair) => isScalar(key) && String(key.value) === String(step);
    const pair = node.items.find(named);
    if (!pair) return null;
    return { node: pair.value, offset: (pair.key as { range: [number] }).range[0] };
  }
  const item = isSeq(node) ? (node.items[Number(step)] as { range?: [number] } | undefined) : null;
  return item?.range ? { node: item, offset: item.range[0] } : null;
}

function yamlValue(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    // An alias of nothing, or aliases that multiply without end.
    throw new SyntaxProblem(yamlClause(messageOf(error)), { line: 1, column: 1 });
  }
}

/** The parser's own sentence as a part of ours. */
function yamlClause(message: string): string {
  if (/call stack/.test(message)) return tooDeep;
  const [line = ''] = message.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '');
}
