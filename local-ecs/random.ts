/**
 * A small seeded generator (xorshift32, seeded through FNV-1a): the same seed gives the same bytes on every machine.
 * Each concern (ids, events, scheduling, faults) has a stream of its own, so that listening to events, say, doesn't
 * change which task stops.
 */
export class Random {
  private state: number;

  constructor(seed: number, stream: string) {
    this.state = hash(`${stream}:${seed}`) || 1;
  }

  /** A number in [0, 1). */
  public next(): number {
    /* eslint-disable no-bitwise -- the algorithm is made of bit operations */
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    /* eslint-enable no-bitwise */
    return this.state / 0x1_0000_0000;
  }

  /** An integer in [0, below). */
  public below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** True with the given probability; draws nothing at 0, so that faults that are off leave the stream alone. */
  public chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  public hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(0x1_0000_0000).toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  public uuid(): string {
    const hex = this.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  public clone(): Random {
    const copy = new Random(0, '');
    copy.state = this.state;
    return copy;
  }
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  /* eslint-disable no-bitwise -- the algorithm is made of bit operations */
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193) >>> 0;
  }
  /* eslint-enable no-bitwise */
  return value;
}
