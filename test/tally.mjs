// A reporter of vitest: counts tests, and keeps what went wrong, in the file that KVBENCH_TALLY names.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class Tally {
  onTestRunEnd(files, unhandled) {
    const tally = { passed: 0, failed: 0, skipped: 0, failures: [], flaky: [] };
    const fail = (name, errors) => {
      if (errors.length > 0) tally.failures.push(described(name, errors));
    };
    for (const file of files) {
      const name = relative('.', file.moduleId);
      // It could not be loaded, or a hook has failed.
      fail(name, file.errors());
      for (const suite of file.children.allSuites())
        fail(`${name}: ${suite.fullName}`, suite.errors());
      for (const test of file.children.allTests()) {
        const { state, errors = [] } = test.result();
        tally[state]++;
        const about = `${name}: ${test.fullName}`;
        if (state === 'failed') fail(about, errors);
        else if (test.diagnostic()?.flaky) tally.flaky.push(described(about, errors));
      }
    }
    fail('outside of the tests', unhandled);
    writeFileSync(process.env.KVBENCH_TALLY, JSON.stringify(tally));
  }
}

function described(name, errors) {
  return [name, ...errors.map(({ stack, message }) => stack ?? message)].join('\n');
}
