/** Colours, where someone looks at a terminal: a pipe or a log gets plain text. */
export type Painter = (text: string) => string;

export interface Palette {
  readonly bold: Painter;
  readonly dim: Painter;
  readonly blue: Painter;
  readonly green: Painter;
  readonly yellow: Painter;
  readonly red: Painter;
}

export function palette(colours: boolean): Palette {
  const paint = (code: number): Painter => (text) => colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: paint(1), dim: paint(2), blue: paint(34), green: paint(32), yellow: paint(33), red: paint(31) };
}
