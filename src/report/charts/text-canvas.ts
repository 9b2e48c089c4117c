/** A cell of a terminal, and whose it is: a series' colour, null for nobody's. */
export interface Cell {
  text: string;
  colour: number | null;
}

/** Dots of a braille character, by column and row; the bits that Unicode gives them. */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];
const firstBraille = 0x2800;

/**
 * Lines and signs in the cells of a terminal. Places are fractions of the width from the left, and of
 * the height from the bottom. A line is of braille dots, two by four to a cell, or in ASCII of its sign.
 */
export class TextCanvas {
  readonly #columns: number;
  readonly #rows: number;
  /** How many dots a cell has: in ASCII it is one itself. */
  readonly #across: number;
  readonly #down: number;
  readonly #cells: (Cell & { dots: number })[][];

  constructor({ columns, rows, ascii }: { columns: number; rows: number; ascii: boolean }) {
    this.#columns = columns;
    this.#rows = rows;
    [this.#across, this.#down] = ascii ? [1, 1] : [2, 4];
    this.#cells = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => ({ text: ' ', colour: null, dots: 0 })),
    );
  }

  /** A sign, over whatever is there. */
  put(x: number, y: number, cell: Cell): void {
    const found = this.#at(this.#column(x), rowAt(y, this.#rows));
    if (found) Object.assign(found, cell, { dots: 0 });
  }

  /** A straight line; where other lines run too, the colour is that of the last. */
  line(from: Place, to: Place, cell: Cell): void {
    const [x0, y0] = this.#dot(from);
    const [x1, y1] = this.#dot(to);
    const steps = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
    for (let step = 0; step <= steps; step++) {
      const x = Math.round(x0 + ((x1 - x0) * step) / steps);
      const y = Math.round(y0 + ((y1 - y0) * step) / steps);
      this.#draw(x, y, cell);
    }
  }

  /** A rule from edge to edge, behind all else. */
  rule(axis: 'x' | 'y', place: number, cell: Cell): void {
    const [column, row] = [this.#column(place), rowAt(place, this.#rows)];
    const crossed =
      axis === 'x' ? this.#cells.map((cells) => cells[column]) : (this.#cells[row] ?? []);
    for (const found of crossed) {
      if (found?.text === ' ') Object.assign(found, cell);
    }
  }

  /** The rows from the top, each cell painted. */
  lines(paint: (cell: Cell) => string): string[] {
    return this.#cells.map((row) => row.map(paint).join(''));
  }

  #at(column: number, row: number) {
    return this.#cells[row]?.[column];
  }

  #column(x: number): number {
    return Math.round(x * (this.#columns - 1));
  }

  /** The nearest dot, counted from the left and from the top. */
  #dot([x, y]: Place): [x: number, y: number] {
    return [Math.round(x * (this.#columns * this.#across - 1)), rowAt(y, this.#rows * this.#down)];
  }

  #draw(x: number, y: number, { text, colour }: Cell): void {
    const cell = this.#at(Math.floor(x / this.#across), Math.floor(y / this.#down));
    if (!cell) return;
    cell.colour = colour;
    cell.dots |= dotBits[x % 2]?.[y % 4] ?? 0;
    cell.text = this.#across === 1 ? text : String.fromCharCode(firstBraille + cell.dots);
  }
}

/** The row from the top that a fraction of the height from the bottom lies in. */
export function rowAt(y: number, rows: number): number {
  return Math.round((1 - y) * (rows - 1));
}

export type Place = readonly [x: number, y: number];
