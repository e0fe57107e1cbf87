// JSON with whole numbers beyond 2^53, which a number of JavaScript would round.

// A text, or a number.
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WHOLE = /^-?\d+$/;
const MARK = '\u0000exact:';
const MARKED = /^\u0000exact:(-?\d+)$/;
const WRITTEN = /"\\u0000exact:(-?\d+)"/g;

/** A whole number beyond 2^53: exact as a text, and the nearest number in arithmetic. */
class Exact extends Number {
  #text;

  constructor(text) {
    super(text);
    this.#text = text;
  }

  toString() {
    return this.#text;
  }
}

/** The number that digits say, exactly. */
const number = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : new Exact(text));

/** As JSON.parse, with exact whole numbers. */
export function parse(json) {
  let beyond = false;
  const marked = /\d{16}/.test(json)
    ? json.replace(TOKENS, (token) => {
      if (token.length < 16 || !WHOLE.test(token) || Number.isSafeInteger(Number(token))) return token;
      beyond = true;
      return JSON.stringify(MARK + token);
    })
    : json;
  return beyond
    ? JSON.parse(marked, (name, value) => {
      const found = typeof value === 'string' ? MARKED.exec(value) : null;
      return found ? new Exact(found[1]) : value;
    })
    : JSON.parse(json);
}

/** As JSON.stringify, with the digits of exact whole numbers. */
export const stringify = (value, indent) =>
  JSON.stringify(value, (name, one) => (one instanceof Exact ? `${MARK}${one}` : one), indent).replace(WRITTEN, '$1');

/** What Intl.NumberFormat formats exactly. */
export const formattable = (n) => (n instanceof Exact ? BigInt(String(n)) : n);

/** The exact sum of whole numbers. */
export const sum = (...all) => number(String(all.reduce((before, n) => before + BigInt(String(n)), 0n)));
