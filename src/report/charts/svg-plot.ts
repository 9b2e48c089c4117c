/** Where the data lie, in units of the drawing. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
  toX(value: number): number | null;
  toY(value: number): number | null;
}
