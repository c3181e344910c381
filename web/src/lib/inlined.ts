// A page with its data inside: the same program as before a server, with replies that are there already. Lists are narrowed here as the
// server narrows them.

import type { SampleDetail } from './api';

interface Battle {
  category: string;
  model_a: string;
  model_b: string;
  winner: string;
}

interface Inlined {
  /** Where the page begins. */
  start: string;
  /** Replies by path. */
  replies: Record<string, unknown>;
  /** Numbers of the run's samples that are inside, and how many it has. */
  samples?: { path: string; of: number; numbers: number[] };
  /** Battles of the arena that are inside. */
  battles?: { path: string; of: number; unread_lines: number; categories: unknown; battles: Battle[] };
}

const written = document.getElementById('evalscope-data')?.textContent;
export const inlined: Inlined | null = written ? (JSON.parse(written) as Inlined) : null;

if (inlined && !location.hash) history.replaceState(null, '', inlined.start);

const number = (words: URLSearchParams, name: string, usual: number): number => (words.has(name) ? Number(words.get(name)) : usual);

/** The reply to a request; nothing where the page does not hold it. */
export function reply(of: Inlined, path: string, words: URLSearchParams): unknown {
  if (of.samples?.path === path) return samples(of, of.samples, words);
  if (of.battles?.path === path) return battles(of.battles, words);
  return of.replies[path];
}

/** All that is known of a sample, as a search looks through it. */
const texts = new Map<number, string>();
function text(detail: SampleDetail): string {
  const known = texts.get(detail.row.seq) ?? JSON.stringify(detail).toLowerCase();
  texts.set(detail.row.seq, known);
  return known;
}

function samples(of: Inlined, list: NonNullable<Inlined['samples']>, words: URLSearchParams): unknown {
  const is = (name: string, value: unknown): boolean => !words.has(name) || words.get(name) === value;
  const verdicts = (words.get('verdict') ?? '').split(',').filter(Boolean);
  const typed = (words.get('text') ?? '').toLowerCase().replaceAll('"', ' ').split(/\s+/).filter(Boolean);
  const passes = (detail: SampleDetail): boolean => {
    const { row } = detail;
    const error = (detail.review?.['error'] ?? detail.calls.at(-1)?.['error']) as { kind?: string } | undefined;
    return (
      is('model', detail.model) && is('benchmark', detail.benchmark) && is('subset', detail.subset) && is('error', error?.kind) &&
      (verdicts.length === 0 || verdicts.includes(row.verdict)) &&
      row.length >= number(words, 'min_length', 0) && row.length <= number(words, 'max_length', Infinity) &&
      typed.every((word) => text(detail).includes(word))
    );
  };
  const found = list.numbers.map((seq) => of.replies[`${list.path}/${seq}`] as SampleDetail).filter(passes).map((detail) => detail.row);
  const around = words.has('around') ? found.findIndex((row) => row.seq === number(words, 'around', -1)) : -1;
  const limit = number(words, 'limit', 100);
  const at = around >= 0 ? Math.max(0, around - Math.floor(limit / 2)) : number(words, 'at', 0);
  return { total: found.length, is_cut: false, of: list.of, at, position: around >= 0 ? around : null, rows: found.slice(at, at + limit), after: null };
}

function battles(of: NonNullable<Inlined['battles']>, words: URLSearchParams): unknown {
  const [category, model, winner] = ['category', 'model', 'winner'].map((name) => words.get(name));
  const found = of.battles.filter((one) => (!category || one.category === category) && (!model || one.model_a === model || one.model_b === model) && (!winner || one.winner === winner));
  const at = number(words, 'at', 0);
  return { of: of.of, total: found.length, at, unread_lines: of.unread_lines, categories: of.categories, battles: found.slice(at, at + number(words, 'limit', 50)) };
}
