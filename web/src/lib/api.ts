// The JSON API, as openapi.json describes it.

import { inlined, reply } from './inlined';

export interface Score {
  model: string;
  benchmark: string;
  protocol: string;
  metric: string;
  score: number | null;
  interval_95: [number, number] | null;
  range: [number | null, number | null];
}

export interface Progress {
  total_count: number;
  processed_count: number;
  failed_count: number;
  percent: number;
  samples_per_s: number | null;
  elapsed_s: number;
  time_left_s: number | null;
  benchmarks: { name: string; total: number; scored: number; failed: number; main_sum: number }[];
}

export interface Cost {
  currency: string;
  spent?: string;
  per_correct?: string;
}

export interface RunRow {
  id: string;
  kind: 'run' | 'perf' | 'arena' | 'foreign';
  form: string | null;
  status: string | null;
  started_at: string | null;
  ended_at: string | null;
  models: string[];
  benchmarks: string[];
  scores: Score[];
  counts: { planned?: number; scored?: number; failed?: number; url?: string } | null;
  cost: (Cost | null)[] | null;
  tags: string[];
  progress: Progress | null;
  launched: boolean;
  error: string | null;
}

export interface Metric {
  name: string;
  n: number;
  score: number | null;
  macro_score: number | null;
  standard_error: number | null;
  interval_95: [number, number] | null;
  higher_is_better: boolean;
  range: [number | null, number | null];
  clusters?: number | null;
  judge_half_width_95?: number | null;
}

export interface Counts {
  planned: number;
  scored: number;
  failed: number;
}

export interface PartSummary {
  name: string;
  category?: string;
  counts: Counts;
  metrics: Metric[];
}

export interface Usage {
  calls: number;
  failed_calls: number;
  cached_calls: number;
  uncounted_calls: number;
  tokens?: Record<string, number | null>;
  latency?: Record<string, number | null>;
  throughput?: Record<string, number | null>;
  cost?: Cost;
}

export interface BenchmarkSummary {
  model: string;
  benchmark: string;
  protocol: string;
  title: string;
  metric: string;
  score: number | null;
  counts: Counts;
  health: { without_answer: number; cut_replies: number; unscored: number };
  missing_subsets?: string[];
  shuffled_without?: string[];
  source?: Record<string, string>;
  metrics: Metric[];
  categories?: PartSummary[];
  subsets: PartSummary[];
  usage: Usage;
  audit?: { replies: number; read: number; strict?: number | null; lenient?: number | null; differing: number; against_both?: number; empty: number; truncated: number; context_full?: number; refused: number; unfinished_thinking: number };
  choice?: { mode: Json; own: Json };
  /** What was asked or scored otherwise than the protocol says: the value where it is short, else null. */
  departures?: Record<string, Json>;
  isolation?: string;
  judges?: { model: string; usage: Usage }[];
  judge_meters?: JudgeMeter[];
}

export interface Estimate {
  value: number;
  interval_95: [number, number];
}

/** How far a judge can be trusted. */
export interface JudgeMeter {
  /** Its name; an arena's file has none here. */
  judge?: string;
  verdicts: number;
  unread: number;
  swapped_pairs?: number;
  swap_consistency?: number | null;
  first_slot_excess?: number | null;
  first_slot_half_width_95?: number | null;
  longer_wins?: number | null;
  length_slope?: Estimate | null;
  length_effect?: Estimate | null;
  own_wins?: number | null;
  own_excess?: Estimate | null;
  null_model?: Estimate | null;
  not_measured?: Record<string, string>;
}

export interface Averages {
  name: string;
  /** Samples that are in no score. */
  failed?: number;
  micro: Metric;
  macro: Metric;
  weighted: Metric;
}

/** Several benchmarks that are reported as one. */
export interface Mix {
  model: string;
  whole: Averages;
  members: { benchmark: string; weight: number; failed?: number; metric: Metric }[];
  task_types?: Averages[];
  tags?: Averages[];
}

export interface RunDetail {
  run: RunRow;
  state: { status: string; program: string; started_at: string; ended_at?: string; resumed: number };
  samples: number;
  summary: {
    counts: Counts;
    benchmarks: BenchmarkSummary[];
    totals: { model: string; usage: Usage }[];
    notices?: string[];
    seed?: number;
    repeats?: number;
    limit?: { count?: number; fraction?: number };
    nondeterminism?: Record<string, { repeats: number; differing: number }>;
    collections?: Mix[];
  } | null;
  counting: { done: number; total: number } | null;
  progress: Progress | null;
  manifest: unknown;
  options: unknown;
  plan: unknown;
}

export interface SampleRow {
  seq: number;
  index: number;
  repeat: number;
  id: string;
  part: number;
  verdict: string;
  score: number | null;
  length: number;
  answer: string | null;
  target: string | null;
  excerpt: string;
  error: string | null;
}

export interface Making {
  making: { done: number; total: number };
}

export interface SamplePage {
  total: number;
  is_cut: boolean;
  of: number;
  at: number;
  position: number | null;
  rows: SampleRow[];
  after: number | null;
}

export interface Facets {
  samples: number;
  verdicts: string[];
  parts: { model: string; benchmark: string; subset: string; counts: number[] }[];
  errors: { kind: string; count: number }[];
  longest: number | null;
}

export interface FailureGroup {
  kind: string;
  message: string;
  count: number;
  example: number;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface SampleDetail {
  row: SampleRow;
  model: string;
  benchmark: string;
  subset: string;
  review: JsonObject | null;
  calls: JsonObject[];
  calls_left_out: number;
}

export interface Comparison {
  /** Whether each two models are compared, or each with the best one of its choice mode. */
  pairing: 'each' | 'with_best';
  models: { run: string; model: string }[];
  benchmarks: {
    benchmark: string;
    metric: string;
    higher_is_better: boolean;
    /** Fields of the plans in which some models were asked or scored differently. */
    asked_apart?: string[];
    models: { model: number; n: number; planned: number; failed: number; missing: number; score: number; choice_mode?: Json; interval_95: [number, number] | null }[];
    pairs: {
      a: number;
      b: number;
      n: number;
      difference: number | null;
      interval_95: [number, number] | null;
      incomparable?: 'choice_modes';
      p_value: number | null;
      p_value_holm: number | null;
      mcnemar: { only_a: number; only_b: number; p_value: number } | null;
      minimum_detectable_effect: number | null;
    }[];
  }[];
  skipped?: { benchmark: string; reason: string }[];
  protocols: { run: string; differences: { field: string; recorded: Json; wanted: Json }[] }[];
}

export interface Question {
  id: string;
  benchmark: string;
  subset: string;
  excerpt: string;
  target: string | null;
  cells: (SampleRow | null)[];
}

export interface QuestionPage {
  total: number;
  shared: number;
  questions: Question[];
}

export interface About {
  version: string;
  outputs: string;
  allow_run: boolean;
  /** The arena on which people vote, where nothing else is served. */
  voting: string | null;
}

export type Query = [string, string | number | undefined | null][];

export class ApiError extends Error {
  constructor(
    message: string,
    readonly hint: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

/** What a server says of something that is not there. */
const NOT_HERE = 404;

async function call<T>(method: string, path: string, query: Query = [], body?: unknown, signal?: AbortSignal): Promise<T> {
  const words = new URLSearchParams();
  for (const [name, value] of query) if (value !== undefined && value !== null && value !== '') words.append(name, String(value));
  if (inlined) {
    const found = method === 'GET' ? reply(inlined, path, words) : undefined;
    if (found === undefined) throw new ApiError('this page does not hold that', 'look at the run with `evalscope app`', NOT_HERE);
    return found as T;
  }
  const text = words.toString();
  const response = await fetch(`/api/${path}${text ? `?${text}` : ''}`, {
    method,
    signal: signal ?? null,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (response.ok) return (await response.json()) as T;
  const message = await response.text();
  try {
    const json = JSON.parse(message) as { error: string; hint: string | null };
    throw new ApiError(json.error, json.hint, response.status);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(message || response.statusText, null, response.status);
  }
}

export const get = <T>(path: string, query: Query = [], signal?: AbortSignal): Promise<T> => call<T>('GET', path, query, undefined, signal);
export const send = <T>(method: 'POST' | 'PUT', path: string, body: unknown = {}): Promise<T> => call<T>(method, path, [], body);

/** The path of a run: its id is one segment, whatever it holds. */
export const runPath = (id: string, rest = ''): string => `runs/${encodeURIComponent(id)}${rest}`;

/** Time between two looks at what is being made. */
export const PAUSE_MS = 500;

/** Asks until the index of the run is there; says meanwhile how far its making is. */
export async function whenIndexed<T extends object>(
  path: string,
  query: Query,
  signal: AbortSignal,
  making: (state: Making['making'] | null) => void,
): Promise<T> {
  for (;;) {
    const found = await get<T | Making>(path, query, signal);
    if (!('making' in found)) {
      making(null);
      return found;
    }
    making(found.making);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    signal.throwIfAborted();
  }
}
