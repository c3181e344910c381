// What a list of samples is narrowed to, as it stands in the address.

import type { Query } from '../lib/api';

export const NAMES = ['model', 'benchmark', 'subset', 'verdict', 'error', 'min_length', 'max_length', 'text'] as const;
export type SampleWish = Record<(typeof NAMES)[number], string>;

export const asQuery = (wish: SampleWish): Query => NAMES.map((name) => [name, wish[name]]);

/** A comma list with this word in it, or without when it was. */
export function toggled(list: string, word: string): string {
  const words = list.split(',').filter(Boolean);
  return (words.includes(word) ? words.filter((one) => one !== word) : [...words, word]).join(',');
}
