// Scores of models by benchmark, and of one benchmark by category or subset, from what the runs' summaries say.

import type { BenchmarkSummary, Metric, PartSummary, RunDetail } from '../lib/api';

export interface Column {
  run: string;
  model: string;
}

/** What one model has on one axis. */
export interface Cell {
  score: number;
  interval: [number, number] | null;
  n: number;
}

export interface Axis {
  name: string;
  range: [number, number];
  higherIsBetter: boolean;
  /** A cell for each model, where it has the axis. */
  cells: (Cell | null)[];
}

export interface Level {
  /** Empty for the benchmarks themselves. */
  benchmark: string;
  kind: 'benchmarks' | 'categories' | 'subsets';
  axes: Axis[];
}

const nameOf = (of: BenchmarkSummary): string => (of.protocol ? `${of.benchmark}@${of.protocol}` : of.benchmark);

/** Puts the metric of a model on the axis of this name; a metric without a range of its own goes from 0 to the greatest score. */
function put(axes: Axis[], name: string, metric: Metric | undefined, place: number, models: number): void {
  if (!metric || metric.score === null) return;
  let axis = axes.find((one) => one.name === name);
  if (!axis) {
    axis = { name, range: [metric.range[0] ?? 0, metric.range[1] ?? 0], higherIsBetter: metric.higher_is_better, cells: Array<Cell | null>(models).fill(null) };
    axes.push(axis);
  }
  axis.range = [Math.min(axis.range[0], metric.score), Math.max(axis.range[1], metric.score)];
  axis.cells[place] = { score: metric.score, interval: metric.interval_95, n: metric.n };
}

/** What can be drawn: the benchmarks, and of each benchmark its categories and subsets where there are at least two. */
export function levels(runs: ReadonlyMap<string, RunDetail>, columns: Column[]): Level[] {
  const all: Level = { benchmark: '', kind: 'benchmarks', axes: [] };
  const parts = new Map<string, Level>();
  const add = (benchmark: string, kind: 'categories' | 'subsets', list: PartSummary[], place: number): void => {
    const key = `${kind} ${benchmark}`;
    const level = parts.get(key) ?? { benchmark, kind, axes: [] };
    parts.set(key, level);
    for (const part of list) put(level.axes, part.name, part.metrics[0], place, columns.length);
  };
  columns.forEach((column, place) => {
    for (const of of runs.get(column.run)?.summary?.benchmarks ?? []) {
      if (of.model !== column.model) continue;
      put(all.axes, nameOf(of), of.metrics[0], place, columns.length);
      add(nameOf(of), 'categories', of.categories ?? [], place);
      add(nameOf(of), 'subsets', of.subsets, place);
    }
  });
  return [all, ...parts.values()].filter((level) => level.axes.length > (level.kind === 'benchmarks' ? 0 : 1));
}

/** Where a value stands on its axis, 0 the worst and 1 the best that the metric can be. */
export function place(axis: Axis, value: number): number {
  const [low, high] = axis.range;
  if (!(high > low)) return 0;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return axis.higherIsBetter ? share : 1 - share;
}

const HUES = ['--accent', '--bad', '--good', '--warn', '--muted', '--ink'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
export const hue = (place: number): string => `var(${HUES[place % HUES.length]})`;
/** Models beyond the colours are told apart by dashes. */
export const dash = (place: number): string => DASHES[Math.floor(place / HUES.length) % DASHES.length] ?? '';
