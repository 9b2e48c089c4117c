import { everyElement, readXml } from './xml.js';

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

/** Reads a JUnit report strictly; throws at what is not well-formed or not by the schema's rules. */
export function readJunit(xml: string) {
  const elements = everyElement(readXml(xml));
  const counts: Record<string, number> = {};
  for (const { name, attributes, children } of elements) {
    counts[name] = (counts[name] ?? 0) + 1;
    checkAttributes(name, Object.keys(attributes));
    const inside = children.map((child) => `${child.name} `).join('');
    if (!rules[name]?.children.test(inside)) throw new Error(`<${name}> holds ${inside}`);
  }
  const suites = elements.filter(({ name }) => name === 'testsuite');
  return { counts, suites: suites.map(({ attributes }) => attributes) };
}

function checkAttributes(name: string, given: string[]): void {
  const rule = rules[name];
  if (!rule) throw new Error(`<${name}> is unknown`);
  const missing = rule.required.find((attribute) => !given.includes(attribute));
  const allowed = [...rule.required, ...(rule.optional ?? [])];
  const extra = given.find((attribute) => !allowed.includes(attribute));
  if (missing ?? extra) throw new Error(`<${name}> lacks ${missing} or has ${extra}`);
}
