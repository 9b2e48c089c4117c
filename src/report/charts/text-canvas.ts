/** A cell of a terminal, and whose it is: a series' colour, null for nobody's. */
export interface Cell {
  text: string;
  colour: number | null;
}

/** Dots of a braille character, by column and row; the bits that Unicode gives them. */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const firstBraille = 0x2800;

/**
 * Lines and signs in the cells of a terminal. Places are fractions of the width from the left, and of
 * the height from the bottom. A line is of braille dots, two by four to a cell, or in ASCII of its sign.
 */
export class TextCanvas {
  readonly columns: number;
  readonly rows: number;
  readonly #ascii: boolean;
  readonly #cells: (Cell & { dots: number })[][];

  constructor({ columns, rows, ascii }: { columns: number; rows: number; ascii: boolean }) {
    this.columns = columns;
    this.rows = rows;
    this.#ascii = ascii;
    this.#cells = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => ({ text: ' ', colour: null, dots: 0 })),
    );
  }

  column(x: number): number {
    return Math.round(x * (this.columns - 1));
  }

  row(y: number): number {
    return rowAt(y, this.rows);
  }

  /** A sign, over whatever is there. */
  put(x: number, y: number, cell: Cell): void {
    Object.assign(this.#at(this.column(x), this.row(y)) ?? {}, cell, { dots: 0 });
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
    const length = axis === 'x' ? this.rows : this.columns;
    for (let index = 0; index < length; index++) {
      const found =
        axis === 'x' ? this.#at(this.column(place), index) : this.#at(index, this.row(place));
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

  /** The dot that lies in the same cell as a sign at that place would. */
  #dot([x, y]: Place): [x: number, y: number] {
    return this.#ascii
      ? [this.column(x), this.row(y)]
      : [Math.round(x * (this.columns * 2 - 1)), Math.round((1 - y) * (this.rows * 4 - 1))];
  }

  #draw(x: number, y: number, { text, colour }: Cell): void {
    const [width, height] = this.#ascii ? [1, 1] : [2, 4];
    const cell = this.#at(Math.floor(x / width), Math.floor(y / height));
    if (!cell) return;
    if (this.#ascii) {
      Object.assign(cell, { text, colour });
      return;
    }
    cell.dots |= dotBits[(x % 2) as 0 | 1][(y % 4) as 0 | 1 | 2 | 3];
    cell.text = String.fromCharCode(firstBraille + cell.dots);
    cell.colour = colour;
  }
}

/** The row from the top that a fraction of the height from the bottom lies in. */
export function rowAt(y: number, rows: number): number {
  return Math.round((1 - y) * (rows - 1));
}

export type Place = readonly [x: number, y: number];
