import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, countBranches, splitRustTests } from '../../src/costs/code.js';
import { type LanguageName, languages } from '../../src/costs/languages.js';

const branchesIn = (text: string, language: LanguageName) =>
  countBranches(codeOf(text, language), language);

describe('branches, counted by hand', () => {
  test.each<[LanguageName, number, string]>([
    ['rs', 1, 'if a { b() } else { c() }'],
    ['rs', 2, 'if a { } else if b { } else { }'],
    ['rs', 2, 'match a { Some(1) => x, Some(_) => y, _ => z }'],
    ['rs', 3, 'for x in y { while z { } } loop { }'],
    ['rs', 2, 'let x = f(a)?.g(b)?;'],
    ['rs', 1, 'let Some(x) = y else { return };'],
    ['rs', 3, 'if let Some(x) = y && z || w { }'],
    ['rs', 0, 'impl<T> From<T> for Thing { }'],
    ['rs', 0, "fn f<'a, F: for<'b> Fn(&'b str)>(x: &&str, g: F) -> &&'a str { x }"],
    ['rs', 0, 'thread::spawn(move || run()); let f = || 1; g(a, || b)'],
    ['rs', 0, 'fn f<T: ?Sized + Debug>(x: &T) {}'],
    ['rs', 1, `let c = '"'; if a { '\\'' } // if "`],
    ['rs', 1, 'let s = r#"if " && "# ; if b {}'],
    ['rs', 1, '/* if /* if */ if */ if a {}'],
    ['rs', 1, 'if a == "x && y" { }'],
    ['rs', 2, 'if a == "x" && b { }'],
    ['rs', 1, 'if r#for { r#if() }'],
    ['go', 4, 'for i := range x { if a && b || c { } }'],
    ['go', 3, 'switch x { case 1, 2: a(); case 3: b(); default: c() }; select { case <-d: }'],
    ['go', 1, 'x := `if " for`; if r == \'"\' { }'],
    ['go', 1, 'if err := f("\\" if "); err != nil { } // if'],
    ['js', 3, 'if (a) b(); else if (c) d(); for (const x of y) z();'],
    ['js', 3, 'a ? b : c ?? d?.e; x && y'],
    ['js', 1, 'switch (a) { case 1: break; default: }'],
    ['js', 1, 'try { a() } catch { } b.catch(c).for(d);'],
    ['js', 0, 'const x = { if: 1, for: 2, case: 3 };'],
    ['js', 1, 'const r = /[/"] if \\/ `/g; if (a) {}'],
    ['js', 1, 'const q = a / b / c; if (q) {}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template is what is read here
    ['js', 2, '`if ${a ? `for ${b && "}" } if` : "x"} while`'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
    ['js', 1, 'f(`\\` if \\${ `); if (a) {}'],
    ['js', 1, 'a?.5:1'],
    ['ts', 1, 'function f(a?: string, b = c ? 1 : 2) { }'],
    ['ts', 0, 'type A<T> = T extends string ? 1 : 2; interface B { c?: 1; d?(): void }'],
    ['py', 4, 'if a and b:\n  pass\nelif c:\n  x = [y for y in z]\nelse:\n  pass'],
    ['py', 2, 'try:\n  a()\nexcept:\n  b()\nexcept E:\n  c()'],
    ['py', 2, 'match a:\n  case 1:\n    b()\n  case "x" | 2:\n    c()\n  case _:\n    d()'],
    ['py', 1, '"""if\n for\' """\n\'\'\'if "\'\'\'\nif a: # if\n  case = 1'],
    ['rb', 4, 'a if b && c\nunless d\nelsif_x = 1\nend\nx ? 1 : 2'],
    ['rb', 1, "s = <<~EOS\n  if ' for\nEOS\nif a # if\n  {if: 1, b: :for}\nend"],
    ['java', 3, 'if (a) for (;;) { } x = b ? 1 : 2;'],
    [
      'java',
      1,
      'List<?> a; Map<String, ? extends B> c; String d = """\n if " for\n"""; if (e) { }',
    ],
    ['php', 2, 'if (a) for this page <?php if ($if) { $a = $b ?? 1; } ?> while <?php // if'],
    ['php', 1, '<?php function f(?int $a): ?string { return $a ? "x" : \'if\'; }'],
    ['c', 3, "#if A\nif (a && b) c = d ? '\"' : 1;\n#endif"],
    ['cpp', 1, 'void f(T&& a) { auto s = R"(if " ))" ")"; if (a) {} int b = 1\'000\'000; }'],
    ['cs', 3, 'if (a) { b = c ?? @"if "" for"; int? d = null; e = f ? 1 : 2; }'],
    [
      'kt',
      4,
      'when (a) {\n  1, 2 -> b\n  is C -> d\n  else -> e\n}\nval f = g ?: h.map { x -> if (x) 1 else 2 }',
    ],
    [
      'swift',
      4,
      'guard a else { return }\nswitch b {\ncase .c: d()\ncase .e(let f): g()\ndefault: h()\n}\nlet i = j ?? k',
    ],
    ['swift', 0, 'enum A { case b\n case c(Int)\n }\nfunc f(x: Int?) { g(if: 1, for: 2) }'],
  ])('%s: %i in %s', (language, count, text) => {
    expect(branchesIn(text, language)).toBe(count);
  });
});

/** Comments and literals of each language, around what is put into them. */
const texts: Record<LanguageName, ((text: string) => string)[]> = {
  rs: [
    (x) => `// ${x}\n`,
    (x) => `/* ${x} /* ${x} */ ${x} */`,
    (x) => `"${x}"`,
    (x) => `b"\\"${x}"`,
    (x) => `r##"${x}"#${x}"##`,
    (x) => `br"${x}"`,
  ],
  go: [(x) => `// ${x}\n`, (x) => `/*${x}*/`, (x) => `"\\"${x}"`, (x) => `\`\n${x}"\``],
  js: [
    (x) => `// ${x}\n`,
    (x) => `/*${x}*/`,
    (x) => `"${x}'"`,
    (x) => `'${x}\\''`,
    (x) => `\`${x}\\\`\``,
    (x) => `(/[/]${x}"/)`,
  ],
  ts: [(x) => `// ${x}\n`, (x) => `/*${x}*/`, (x) => `\`\${'${x}'}${x}\``],
  py: [(x) => `# ${x}\n`, (x) => `"""${x}"\n${x}"""`, (x) => `'''${x}"'''`, (x) => `f'${x}\\''`],
  rb: [(x) => `# ${x}\n`, (x) => `\n=begin\n${x}\n=end\n`, (x) => `"${x}'"`, (x) => `%w[${x}]`],
  java: [(x) => `// ${x}\n`, (x) => `/*${x}*/`, (x) => `"${x}"`, (x) => `"""\n${x}"\n"""`],
  php: [(x) => `# ${x}\n`, (x) => `/*${x}*/`, (x) => `'${x}"'`, (x) => `?>${x}<?php `],
  c: [(x) => `// ${x}\n`, (x) => `/*${x}*/`, (x) => `"${x}\\""`],
  cpp: [(x) => `// ${x}\n`, (x) => `R"x(${x}")x"`, (x) => `"${x}"`],
  cs: [(x) => `// ${x}\n`, (x) => `@"${x}"""`, (x) => `"""\n${x}""\n"""`, (x) => `"${x}"`],
  kt: [(x) => `// ${x}\n`, (x) => `/* /*${x}*/ ${x} */`, (x) => `"${x}"`, (x) => `"""${x}"\n"""`],
  swift: [(x) => `// ${x}\n`, (x) => `/* /*${x}*/ ${x} */`, (x) => `"${x}"`, (x) => `#"${x}""#`],
};

const names = Object.keys(languages) as LanguageName[];

test.each(names)('%s: what stands in comments and literals is no branch', (name) => {
  const inside = fc.stringMatching(/^( |if |for |while |case |&& |\|\| |\? | => |x|catch ){0,12}$/);
  const outside = fc.constantFrom('x = y;', 'if (a) {}\n', 'f(', '1 + ');
  const parts = fc.array(fc.tuple(outside, fc.constantFrom(...texts[name]), inside));
  fc.assert(
    fc.property(parts, (list) => {
      const start = name === 'php' ? '<?php ' : '';
      const withWords = list.map(([before, around, text]) => `${before} ${around(text)}`).join(' ');
      const without = list.map(([before, around]) => `${before} ${around('')}`).join(' ');
      const code = codeOf(start + withWords, name);
      expect(countBranches(code, name)).toBe(branchesIn(start + without, name));
      // Every line and place stays where it was.
      expect(code.length).toBe((start + withWords).length);
      expect(code.split('\n').length).toBe((start + withWords).split('\n').length);
    }),
  );
});

test('text that is none of the language breaks nothing', () => {
  const hostile = fc.array(
    fc.constantFrom('"', "'", '`', '${', '}', '/*', '*/', '//', 'r#"', '\\', '\n', '#', 'if ', '/'),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(hostile, fc.constantFrom(...names), (list, name) => {
      const text = list.join('');
      expect(codeOf(text, name)).toHaveLength(text.length);
    }),
  );
});

describe('modules of tests inside of Rust', () => {
  const built = "fn f() -> char { '{' }\n";
  const tests = '#[cfg(test)]\nmod tests {\n    fn g() { if "}" == "{" {} }\n}';

  test('stand apart from what is built', () => {
    expect(splitRustTests(`${built}${tests}\nfn h() {}\n`)).toEqual({
      built: `${built}\nfn h() {}\n`,
      tests,
    });
  });

  test('are none where the words stand in a comment, or the module in a file', () => {
    for (const text of [`/*\n${tests}\n*/`, '#[cfg(test)]\nmod tests;\n', built]) {
      expect(splitRustTests(text)).toEqual({ built: text, tests: '' });
    }
  });
});
