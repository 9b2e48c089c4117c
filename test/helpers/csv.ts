/**
 * A strict reader of RFC 4180, written from its grammar: cells of every line, the head included.
 * Throws at whatever the grammar does not allow.
 */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(at));
    const plain = /^[^",\r\n]*/.exec(text.slice(at));
    const [source = '', cell] = quoted ?? plain ?? [];
    row.push(quoted ? (cell ?? '').replaceAll('""', '"') : source);
    at += source.length;
    if (text[at] === ',') {
      at += 1;
    } else if (text.startsWith('\r\n', at)) {
      at += 2;
      rows.push(row);
      row = [];
    } else {
      throw new Error(`not CSV at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`);
    }
  }
  if (row.length > 0) throw new Error('the last line does not end');
  return rows;
}

/** The same as an object a row, by the names of the head. */
export function readRecords(text: string): Record<string, string>[] {
  const [head = [], ...rows] = readCsv(text);
  return rows.map((row) => {
    if (row.length !== head.length) throw new Error(`${row.length} cells below ${head.length}`);
    return Object.fromEntries(head.map((name, index) => [name, row[index] ?? '']));
  });
}
