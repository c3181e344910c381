// A load test, as its summary.json says.

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

export interface Stage {
  name: string;
  parallel?: number;
  rate?: number;
  repeat: number;
  invalid: string[];
  requests: { total: number; ok: number; failed: number; classes: Record<string, number>; examples: Record<string, string> };
  duration_s: number;
  throughput: { requests_per_s: number; output_tokens_per_s?: number };
  latency: Record<string, Figures | undefined>;
  timeline: Second[];
}

export interface PerfSummary {
  model: string;
  url: string;
  api: string;
  began_at: string;
  stages: Stage[];
  notes: string[];
}

/** The measures that are drawn, the first that a test has. */
export const MEASURES = ['ttft_ms', 'e2e_ms', 'tpot_ms', 'itl_ms'] as const;
export const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const;

export const percentile = (stage: Stage, measure: string, name: string): number | null => stage.latency[measure]?.percentiles[name]?.value ?? null;
