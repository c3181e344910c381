// A load test, as its summary.json says.

import { t } from '../lib/settings.svelte';

export interface Figures {
  count: number;
  mean: number;
  min: number;
  max: number;
  percentiles: Record<string, { value: number }>;
}

export interface Second {
  second: number;
  sent: number;
  ok: number;
  failed: number;
  in_flight: number;
  output_tokens: number;
  ttft_ms?: number | null;
}

/** A figure of the server itself, over the stage's seconds: a level, or the growth per second of what only grows. */
export interface Series {
  from: string;
  name: string;
  sort: string;
  points: [number, number][];
}

/** A graphics card during a stage, as far as its exporter told. */
export interface Gpu {
  from: string;
  id: string;
  number?: string;
  model?: string;
  busy_share?: number;
  memory_most_bytes?: number;
  power_w?: number;
  temperature_most_c?: number;
}

/** How far the runs of one load lie apart in one measure. */
export interface Spread {
  load: string;
  measure: string;
  runs: number;
  invalid_runs?: number;
  mean: number;
  mean_interval_95: [number, number];
  std: number;
  min: number;
  max: number;
}

export interface Stage {
  name: string;
  start?: 'apart' | 'at_once' | 'over';
  parallel?: number;
  rate?: number;
  repeat: number;
  invalid: string[];
  requests: { total: number; ok: number; failed: number; classes: Record<string, number>; examples: Record<string, string> };
  duration_s: number;
  throughput: { requests_per_s: number; output_tokens_per_s?: number };
  latency: Record<string, Figures | undefined>;
  timeline: Second[];
  server?: Series[];
  histograms?: Record<string, Histogram>;
  heat?: HeatMap;
  gpus?: Gpu[];
}

/** How often values came: the ends of the parts, and the count of each. */
export interface Histogram {
  edges: number[];
  counts: number[];
}

/** How often which times came when: columns of seconds, rows of a logarithmic scale. */
export interface HeatMap {
  measure: string;
  column_s: number;
  least_ms: number;
  rows_per_decade: number;
  columns: number[][];
}

export interface PerfSummary {
  model: string;
  url: string;
  api: string;
  began_at: string;
  evalscope?: string;
  dataset?: string;
  stages: Stage[];
  search?: { maximize: string; goals: string; kept?: number; missed?: number; ended?: string; doubt?: string };
  spreads?: Spread[];
  knees?: { load: string; at: number; requests_per_s: number; between: [number, number] }[];
  notes: string[];
}

/** The measures that are drawn, the first that a test has. */
export const MEASURES = ['ttft_ms', 'e2e_ms', 'tpot_ms', 'itl_ms'] as const;
export const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const;

export const percentile = (stage: Stage, measure: string, name: string): number | null => stage.latency[measure]?.percentiles[name]?.value ?? null;

/** The name of a stage, with its number where loads were repeated. */
export const nameOf = (stage: Stage, all: Stage[]): string => (all.some((other) => other.repeat > 1) ? t('repeat_of', { name: stage.name, repeat: stage.repeat }) : stage.name);

/** How much load a stage is: so many requests at a time, or so many a second. */
export const load = (stage: Stage): number | null => stage.parallel ?? stage.rate ?? null;

/** How the users of a closed loop began; of files that do not say it the name may. */
export const beginning = (stage: Stage): string | null => {
  if (stage.rate != null || stage.parallel == null) return null;
  return stage.start ?? (stage.name.endsWith('to get there') ? 'over' : stage.name.endsWith(', all at once') ? 'at_once' : null);
};

/** What a card is called: parts of a card and cards of several machines share their numbers. */
export const cardOf = (gpu: Gpu, all: Gpu[]): string => (gpu.number !== undefined && all.filter((other) => other.number === gpu.number).length === 1 ? gpu.number : gpu.id);

/** Figures with the same name before their labels, which are drawn together; what tells of load first. */
export function families(series: Series[]): { name: string; series: Series[] }[] {
  const found = new Map<string, Series[]>();
  for (const one of series) {
    const name = one.name.split('{', 1)[0] ?? '';
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  const all = [...found].map(([name, of]) => ({ name, series: of }));
  const rank = (name: string): number => TELLING.findIndex((word) => word.test(name)) + 1 || TELLING.length + 1;
  return all.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

/** What is looked for first when a server is slow: its queue, its memory, its work. */
const TELLING = [/waiting|queue/i, /running|processing|in_flight|batch/i, /cache_usage|kv|cache/i, /gpu|util|power/i, /tokens|throughput/i];

/** Several series on one axis: all points in time, and each one's values where it has some. */
export function together(series: [number, number][][]): (number | null)[][] {
  const times = [...new Set(series.flatMap((points) => points.map(([at]) => at)))].sort((a, b) => a - b);
  return [times, ...series.map((points) => { const of = new Map(points); return times.map((at) => of.get(at) ?? null); })];
}
