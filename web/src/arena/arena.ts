// An arena, as its leaderboard.json says, and its battles.

import type { Estimate, JudgeMeter } from '../lib/api';

export interface Rating {
  model: string;
  rank: number;
  rating: number;
  interval_95: [number | null, number | null];
  elo: number;
  win: number;
  loss: number;
  tie: number;
}

export interface Matrix {
  models: string[];
  battles: number[][];
  observed: (number | null)[][];
  predicted: (number | null)[][];
}

/** Ratings from the battles of all categories, or of one. */
export interface Rated {
  battles: number;
  verdicts: number;
  unknown: number;
  ratings: Rating[];
  coefficients?: (Estimate & { name: string })[];
  matrix?: Matrix;
  notes?: string[];
}

export interface Arena {
  judge?: JudgeMeter | null;
  null_model_share?: number | null;
  leaderboard?: {
    rated?: Rated | null;
    /** Where there are several categories. */
    ratings_by_category?: (Rated & { category: string })[];
    scores?: Record<string, { mean: number; half_width_95?: number | null; scores: number }> | null;
    against?: Record<string, { win: number; loss: number; tie: number; unknown: number }> | null;
    length_controlled?: Record<string, Estimate>;
    categories?: { category: string; questions: number; means: Record<string, number> }[];
  } | null;
}

export interface Battle {
  category: string;
  question: string;
  judge: string;
  winner: string;
  model_a: string;
  model_b: string;
  output_a: string;
  output_b: string;
  rounds: string[];
  reviews: string[];
}

export interface BattlePage {
  of: number;
  total: number;
  at: number;
  unread_lines: number;
  categories: { name: string; count: number }[];
  battles: Battle[];
}

export const percent = (share: number | null | undefined): string => (share == null ? '–' : `${(share * 100).toFixed(0)} %`);
