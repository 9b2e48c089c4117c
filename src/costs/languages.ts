/** How a language is written, as far as its branches must be told from its comments and literals. */
export interface Language {
  comments: readonly RegExp[];
  /** What holds text: its quotes are part of it. */
  literals: readonly RegExp[];
  /** Whether a comment of several lines may stand in another. */
  nests?: boolean;
  /** Whether text between backticks holds code between `${` and `}`. */
  templates?: boolean;
  /** Where a program goes one way or another, in its code alone. */
  branches: readonly RegExp[];
}

const slashes = /\/\/[^\n]*/u;
const hash = /#[^\n]*/u;
const block = /\/\*[\s\S]*?(?:\*\/|$)/u;

const double = /"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"/u;
const longDouble = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/u;
const single = /'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'/u;
const longSingle = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'/u;
const threeDoubles = /"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""/u;
const threeSingles = /'''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''/u;
/** Not the apostrophe that divides digits. */
const character = /(?<!\d)'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'/u;

/** A slash divides after an operand, and begins a pattern after these. */
function pattern(words: string): RegExp {
  const before = String.raw`(?:^|[(,=:[!&|?{};+\-*%~^]|=>|\b(?:${words}))\s*`;
  return new RegExp(
    String.raw`\/(?<=${before}\/)(?![*\/])(?:[^\\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/\w*`,
    'u',
  );
}

/** Words of the language, and not members or variables of that name. */
function words(...all: string[]): RegExp {
  return new RegExp(String.raw`(?<![\w$@#]|(?<!\.)\.|->|::)(?:${all.join('|')})(?![\w$])`, 'u');
}

/** The same where `if: 1` names a property or an argument. */
function wordsBesideKeys(...all: string[]): RegExp {
  return new RegExp(`${words(...all).source}(?!\\s*:)`, 'u');
}

const both = /&&|\|\|/u;
const bothAndNull = /&&|\|\||\?\?/u;
/** Between spaces, where `?` also marks a type or a name. */
const ternary = /(?<=\s)\?(?=\s)/u;

const script = {
  comments: [slashes, block],
  literals: [
    double,
    single,
    pattern('return|typeof|case|in|of|do|else|void|throw|await|yield|delete'),
  ],
  templates: true,
};
const scriptWords = wordsBesideKeys('if', 'for', 'while', 'case', 'catch');

/**
 * The languages in which servers are written, under the names that `sloc` has for them. What counts as a
 * branch is in docs/costs.md, and is alike in all: conditions, loops, what `case` or an arm has but for
 * the one that takes the rest, what catches, and operators that may leave out their right side. What must
 * stand before a word is looked for once the word is there: at every place it would take too long.
 */
export const languages = {
  rs: {
    comments: [slashes],
    nests: true,
    literals: [
      /\b(?:b|c)?r(?<hashes>#*)"[\s\S]*?"\k<hashes>/u,
      longDouble,
      // And no lifetime, which nothing closes.
      /'(?:\\[^\n][^'\n]*|[^'\\\n])'/u,
    ],
    branches: [
      words('if', 'while', 'loop'),
      // Neither `impl Trait for Type` nor `for<'a>`.
      /for(?<![\w#.]for)(?<!\bimpl\b[^{};]*for)(?!\w|\s*<)/u,
      // After an operand: elsewhere `||` begins a closure, and `&&` is a reference to a reference.
      /(?:&&|\|\|)(?<=[\w)\]}?"]\s*..)(?<!\b(?:move|return|in|if|else|match|while|mut|for|as|let|dyn)\s*..)/u,
      /(?<=[\w)\]}?"])\?/u,
      /=>(?<!\b(?:_|else)\s*=>)/u,
      // Of `let … else`: that of `if` stands after a brace.
      /\belse\b(?<!\}\s*else)(?!\s*=>)/u,
    ],
  },
  go: {
    comments: [slashes, block],
    literals: [double, /`[^`]*`/u, character],
    branches: [words('if', 'for', 'case'), both],
  },
  js: { ...script, branches: [scriptWords, bothAndNull, /\?(?!\.(?!\d))/u] },
  ts: {
    ...script,
    // That of a type is none.
    branches: [scriptWords, bothAndNull, /\?(?<=\s\?)(?<!\bextends\b[^;{}=]*\?)(?=\s)/u],
  },
  py: {
    comments: [hash],
    literals: [threeDoubles, threeSingles, double, single],
    branches: [
      words('if', 'elif', 'for', 'while', 'except', 'and', 'or'),
      /^[ \t]*case(?=\s)(?!\s*(?:_\s*:|=))(?=[^\n]*:)/mu,
    ],
  },
  rb: {
    comments: [hash, /(?<=^|\n)=begin\b[\s\S]*?(?:\n=end\b[^\n]*|$)/u],
    literals: [
      /<<[~-]?(?<quote>["'`]?)(?<word>[A-Z_]\w*)\k<quote>[\s\S]*?\n[ \t]*\k<word>\b/u,
      longDouble,
      longSingle,
      /%[qQwWiI](?:\([^)]*\)|\[[^\]]*\]|\{[^}]*\})/u,
      pattern('if|elsif|unless|when|and|or|return|while|until'),
    ],
    branches: [
      /(?<![\w$@.:])(?:if|elsif|unless|while|until|for|when|rescue|and|or)(?![\w?!]|:(?!:))/u,
      both,
      ternary,
    ],
  },
  java: {
    comments: [slashes, block],
    literals: [threeDoubles, double, character],
    branches: [
      words('if', 'for', 'while', 'case', 'catch'),
      both,
      // Not that of `List<?>`.
      /\?(?<=[\w)\]}"]\s*\?)(?!\s*[>,])/u,
    ],
  },
  php: {
    comments: [
      slashes,
      /#(?!\[)[^\n]*/u,
      block,
      // What stands around it is a page.
      /^[\s\S]*?<\?(?:php|=)/u,
      /\?>[\s\S]*?(?:<\?(?:php|=)|$)/u,
    ],
    literals: [
      /<<<(?<quote>["']?)(?<word>\w+)\k<quote>\n[\s\S]*?\n[ \t]*\k<word>\b/u,
      longDouble,
      longSingle,
    ],
    branches: [
      words('if', 'elseif', 'for', 'foreach', 'while', 'case', 'catch', 'and', 'or'),
      bothAndNull,
      /\?(?<=[\w)\]}"]\s*\?)(?=[\s:])/u,
    ],
  },
  c: {
    comments: [slashes, block],
    literals: [double, character],
    branches: [words('if', 'for', 'while', 'case'), both, /\?/u],
  },
  cpp: {
    comments: [slashes, block],
    literals: [/R"(?<mark>[^()\s\\]*)\([\s\S]*?\)\k<mark>"/u, double, character],
    branches: [
      words('if', 'for', 'while', 'case', 'catch'),
      // Not that of `T&& x`.
      /(?<=\s)&&(?=\s)|\|\|/u,
      /\?/u,
    ],
  },
  cs: {
    comments: [slashes, block],
    literals: [
      /(?<quotes>"{3,})[\s\S]*?\k<quotes>/u,
      /@\$?"[^"]*(?:""[^"]*)*"/u,
      double,
      character,
    ],
    branches: [words('if', 'for', 'foreach', 'while', 'case', 'catch'), bothAndNull, ternary],
  },
  kt: {
    comments: [slashes],
    nests: true,
    literals: [/"{3}[\s\S]*?"{3,}/u, double, character],
    branches: [
      words('if', 'for', 'while', 'catch'),
      /&&|\|\||\?:/u,
      // An arm of `when`, and no function.
      /->(?<=^(?![ \t]*else\b)[^\n{:]*->)/mu,
    ],
  },
  swift: {
    comments: [slashes],
    nests: true,
    literals: [/(?<hashes>#+)"[\s\S]*?"\k<hashes>/u, threeDoubles, double],
    branches: [
      wordsBesideKeys('if', 'guard', 'for', 'while', 'catch'),
      // Of a switch: those of an enum have no colon.
      /\bcase\b(?=(?:[^\n:(]|\([^\n)]*\))*:)/u,
      bothAndNull,
      ternary,
    ],
  },
} as const satisfies Record<string, Language>;

export type LanguageName = keyof typeof languages;

/** By the extension of a file. */
const extensions: Readonly<Record<string, LanguageName>> = {
  rs: 'rs',
  go: 'go',
  js: 'js',
  cjs: 'js',
  mjs: 'js',
  ts: 'ts',
  py: 'py',
  rb: 'rb',
  java: 'java',
  php: 'php',
  c: 'c',
  h: 'c',
  cpp: 'cpp',
  cs: 'cs',
  kt: 'kt',
  swift: 'swift',
};

/** Extensions of what is counted. */
export const countable: readonly string[] = Object.keys(extensions);

/** The language of a file by its extension; undefined: none that is known. */
export function languageOf(extension: string): LanguageName | undefined {
  return extensions[extension];
}
