// Text from outside as it can be shown: what steers a terminal or turns the direction of a line is made visible.

const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const name = (character: string): string => `‹U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`;

export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROLS, name).replace(TURNS, name);
}

/** The text in three: before, inside and after a range of its UTF-8 bytes; `null` when the range is not in it. */
export function parts(text: string, span: [number, number]): [string, string, string] | null {
  const bytes = new TextEncoder().encode(text);
  const [from, to] = span;
  if (!(from >= 0 && from <= to && to <= bytes.length)) return null;
  const decode = (start: number, end: number): string => new TextDecoder().decode(bytes.subarray(start, end));
  return [decode(0, from), decode(from, to), decode(to, bytes.length)];
}
