// Votes, as the API takes them and says how they stand.

export type Choice = 'left' | 'right' | 'tie' | 'both_bad';

export interface Pair {
  id: string;
  question: string;
  left: string;
  right: string;
}

export interface Agreement {
  pairs: number;
  agreement: number;
  kappa: number | null;
}

export interface Voting {
  voter: string;
  done: number;
  total: number;
  pair: Pair | null;
  voters: number;
  votes: number;
  unread_lines: number;
  is_cut: boolean;
  agreement: { own: Agreement | null; all: Agreement | null };
}

const NAME = 'evalscope-voter';

export function storedVoter(): string {
  try {
    return localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

export function storeVoter(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
