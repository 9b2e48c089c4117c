/** What Ant's JUnit schema allows: the children of an element, in order, and its attributes. */
const rules: Record<string, { children: RegExp; required: string[]; optional?: string[] }> = {
  testsuites: { children: /^(testsuite )*$/, required: [] },
  testsuite: {
    children: /^properties (testcase )*system-out system-err $/,
    required: [
      ...['id', 'package', 'name', 'hostname', 'timestamp', 'time', 'tests', 'failures', 'errors'],
    ],
    optional: ['skipped'],
  },
  properties: { children: /^(property )*$/, required: [] },
  property: { children: /^$/, required: ['name', 'value'] },
  testcase: {
    children: /^((skipped|error|failure) )?$/,
    required: ['name', 'classname', 'time'],
  },
  skipped: { children: /^$/, required: [], optional: ['message'] },
  error: { children: /^$/, required: ['type'], optional: ['message'] },
  failure: { children: /^$/, required: ['type'], optional: ['message'] },
  'system-out': { children: /^$/, required: [] },
  'system-err': { children: /^$/, required: [] },
};

const token =
  /<\?xml [^?]*\?>|<(?<close>\/)?(?<name>[a-z-]+)(?<attributes>(?: [a-z]+="[^"<]*")*)(?<empty>\/)?>|(?<text>[^<]+)/gy;

/** Reads a JUnit report strictly; throws at what is not well-formed or not by the schema's rules. */
export function readJunit(xml: string) {
  const open: { name: string; children: string }[] = [{ name: '', children: '' }];
  const counts: Record<string, number> = {};
  const suites: Record<string, string>[] = [];
  let end = 0;
  for (const { 0: whole, index, groups = {} } of xml.matchAll(token)) {
    end = index + whole.length;
    checkText(groups['text'] ?? groups['attributes'] ?? '');
    const { name } = groups;
    if (!name) continue;
    if (!groups['close']) {
      const attributes = Object.fromEntries(
        [...(groups['attributes'] ?? '').matchAll(/ ([a-z]+)="([^"]*)"/g)].map((m) => [m[1], m[2]]),
      );
      const parent = open.at(-1);
      if (parent) parent.children += `${name} `;
      counts[name] = (counts[name] ?? 0) + 1;
      if (name === 'testsuite') suites.push(attributes);
      checkAttributes(name, Object.keys(attributes));
      open.push({ name, children: '' });
    }
    if (groups['close'] || groups['empty']) {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
      if (!rules[name]?.children.test(last.children)) {
        throw new Error(`<${name}> holds ${last.children}`);
      }
    }
  }
  if (end !== xml.length || open.length !== 1)
    throw new Error(`no XML at ${xml.slice(end, end + 80)}`);
  return { counts, suites };
}

function checkAttributes(name: string, given: string[]): void {
  const rule = rules[name];
  if (!rule) throw new Error(`<${name}> is unknown`);
  const missing = rule.required.find((attribute) => !given.includes(attribute));
  const allowed = [...rule.required, ...(rule.optional ?? [])];
  const extra = given.find((attribute) => !allowed.includes(attribute));
  if (missing ?? extra) throw new Error(`<${name}> lacks ${missing} or has ${extra}`);
  if (new Set(given).size !== given.length) throw new Error(`<${name}> repeats an attribute`);
}

function checkText(text: string): void {
  if (/&(?!amp;|lt;|gt;|quot;|apos;|#\d+;)/.test(text)) throw new Error(`a bare & in ${text}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text)) {
    throw new Error('a character that XML does not know');
  }
}
