/** Reads untyped input field by field, so that every complaint names the field, what came and what is allowed. */

export type Complain = (message: string) => Error;

const SHOWN_CHARACTERS = 200;

/** How a received value is quoted in an error: as JSON, and short. */
export function show(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  try {
    return printable(JSON.stringify(value), SHOWN_CHARACTERS);
  } catch {
    return 'what is nested too deeply to show'; // JSON.parse takes any depth, JSON.stringify doesn't
  }
}

/** Text of others on one line of printable ASCII, and short: it can't pass for a further line, nor steer a terminal. */
export function printable(text: string, limit: number): string {
  const shown = text.slice(0, limit).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.length > limit ? `${shown}... (${text.length} characters)` : shown;
}

export class Field {
  public constructor(public readonly value: unknown, private readonly path: string, private readonly complain: Complain) {}

  public get isAbsent(): boolean {
    return this.value === undefined;
  }

  /** The error for a value that isn't what `allowed` says. */
  public reject(allowed: string): Error {
    return this.complain(`${this.path}: received ${show(this.value)}, expected ${allowed}`);
  }

  /** A member of this object. Members that the prototype has don't count. */
  public member(name: string): Field {
    const object = this.object();
    return new Field(Object.hasOwn(object, name) ? object[name] : undefined, this.path ? `${this.path}.${name}` : name, this.complain);
  }

  public object(allowed = 'an object'): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.reject(allowed);
    }
    return this.value as Record<string, unknown>;
  }

  public list(allowed = 'a list'): Field[] {
    if (!Array.isArray(this.value)) {
      throw this.reject(allowed);
    }
    return this.value.map((item, index) => new Field(item, `${this.path}[${index}]`, this.complain));
  }

  /** A list that isn't empty. */
  public items(allowed: string): Field[] {
    const items = this.list(allowed);
    if (items.length === 0) {
      throw this.reject(allowed);
    }
    return items;
  }

  public string(allowed = 'a string that is not empty'): string {
    if (typeof this.value !== 'string' || this.value.trim() === '') {
      throw this.reject(allowed);
    }
    return this.value;
  }

  public matching(pattern: RegExp, allowed: string): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) {
      throw this.reject(allowed);
    }
    return this.value;
  }

  public wholeNumber(least: number): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < least) {
      throw this.reject(`a whole number of at least ${least}`);
    }
    return this.value as number;
  }

  public positiveNumber(): number {
    return this.number((value) => value > 0, 'a number above 0');
  }

  public notNegativeNumber(): number {
    return this.number((value) => value >= 0, 'a number of at least 0');
  }

  private number(isAllowed: (value: number) => boolean, allowed: string): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || !isAllowed(this.value)) {
      throw this.reject(allowed);
    }
    return this.value;
  }

  public boolean(): boolean {
    if (typeof this.value !== 'boolean') {
      throw this.reject('true or false');
    }
    return this.value;
  }

  /** What `read` makes of this field, or nothing where it is absent. */
  public optional<T>(read: (field: Field) => T): T | undefined {
    return this.isAbsent ? undefined : read(this);
  }
}
