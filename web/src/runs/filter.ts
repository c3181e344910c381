// Which runs a person wants to see.

import type { RunRow } from '../lib/api';

export interface Wish {
  text: string;
  model: string;
  benchmark: string;
  tag: string;
  from: string;
  to: string;
}

/** Every word must stand somewhere in what the list shows of the run. */
export function passes(run: RunRow, wish: Wish): boolean {
  const day = run.started_at?.slice(0, 10) ?? '';
  if (wish.model && !run.models.includes(wish.model)) return false;
  if (wish.benchmark && !run.benchmarks.includes(wish.benchmark)) return false;
  if (wish.tag && !run.tags.includes(wish.tag)) return false;
  if (wish.from && day < wish.from) return false;
  if (wish.to && (!day || day > wish.to)) return false;
  const all = [run.id, run.form, run.status, ...run.models, ...run.benchmarks, ...run.tags].join('\n').toLowerCase();
  return wish.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** What occurs in these lists, each once, in order. */
export const distinct = (lists: string[][]): string[] => [...new Set(lists.flat())].sort((a, b) => a.localeCompare(b));
