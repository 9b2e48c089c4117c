interface ReadFamily {
  type: string;
  unit: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const suffixes: Record<string, string[]> = {
  gauge: [''],
  counter: ['_total'],
  summary: ['', '_count', '_sum'],
};

/**
 * A strict reader of the part of OpenMetrics 1.0 that is written here: families by name. Throws at a
 * broken rule: metadata twice or after samples, samples outside of their family or twice, a unit that
 * the name does not end with, counters without `_total`, no `# EOF`, bad escapes and numbers.
 */
export function readOpenMetrics(text: string): Record<string, ReadFamily> {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  const families: Record<string, ReadFamily> = {};
  let current = '';
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line);
    if (meta) {
      const [, kind = '', name = '', value = ''] = meta;
      if (name !== current && families[name]) throw new Error(`${name} is in two places`);
      current = name;
      families[name] ??= { type: '', unit: '', help: '', samples: [] };
      const family = families[name];
      const key = kind.toLowerCase() as 'type' | 'unit' | 'help';
      if (family[key] !== '' || family.samples.length > 0)
        throw new Error(`late or twice: ${line}`);
      if (kind === 'UNIT' && !name.endsWith(`_${value}`)) throw new Error(`unit: ${line}`);
      if (kind === 'TYPE' && !suffixes[value]) throw new Error(`type: ${line}`);
      family[key] = value;
      continue;
    }
    readSample(line, current, families[current]);
  }
  return families;
}

function readSample(line: string, current: string, family: ReadFamily | undefined): void {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line);
  if (!match || !family) throw new Error(`no sample: ${line}`);
  const [, name = '', labelText = '', value = ''] = match;
  if (!suffixes[family.type]?.some((suffix) => name === current + suffix)) {
    throw new Error(`not of ${current}: ${line}`);
  }
  const labels = readLabels(labelText);
  const key = JSON.stringify([name, Object.entries(labels).sort()]);
  if (
    family.samples.some((s) => JSON.stringify([s.name, Object.entries(s.labels).sort()]) === key)
  ) {
    throw new Error(`twice: ${line}`);
  }
  family.samples.push({ name, labels, value: Number(value) });
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    if (!match) throw new Error(`labels: ${text}`);
    const [whole, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label twice: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return labels;
}
