import { escapeXml, xmlAttributes } from './xml.js';

/** How a test came out. */
export interface JunitOutcome {
  kind: 'passed' | 'failure' | 'error' | 'skipped';
  message: string;
}

/** What stands in one suite. */
export interface JunitSuite {
  /** As `kvbench.gate.api`; its tests have it as their class. */
  name: string;
  startedAt: string;
  seconds: number;
  properties: Readonly<Record<string, string>>;
  cases: readonly { name: string; outcome: JunitOutcome }[];
  /** What was said besides. */
  told: readonly string[];
}

/** Suites in the form of JUnit that both Ant's schema and Jenkins's take. */
export function junitText(suites: readonly JunitSuite[]): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteLines(
  { name, startedAt, seconds, properties, cases, told }: JunitSuite,
  index: number,
): string[] {
  const count = (kind: JunitOutcome['kind']) =>
    String(cases.filter(({ outcome }) => outcome.kind === kind).length);
  const suite = xmlAttributes({
    id: String(index),
    package: 'kvbench',
    name,
    hostname: 'localhost',
    timestamp: startedAt.slice(0, 19),
    time: seconds.toFixed(3),
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  });
  return [
    `  <testsuite${suite}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property${xmlAttributes({ name: key, value })}/>`,
    ),
    '    </properties>',
    ...cases.map((one) => `    ${testCase({ name: one.name, classname: name }, one.outcome)}`),
    `    <system-out>${escapeXml(told.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

function testCase(
  names: { name: string; classname: string },
  { kind, message }: JunitOutcome,
): string {
  const open = `<testcase${xmlAttributes({ ...names, time: '0' })}`;
  if (kind === 'passed') return `${open}/>`;
  const type = kind === 'skipped' ? {} : { type: kind === 'failure' ? 'regression' : 'untrusted' };
  return `${open}><${kind}${xmlAttributes({ message, ...type })}/></testcase>`;
}
