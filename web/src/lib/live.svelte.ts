// Live runs, told by the server once a second while something changes.

import type { Progress } from './api';

interface Told {
  live: { id: string; progress: Progress | null }[];
  state: string;
}

let told = $state.raw<Told>({ live: [], state: '' });

export const live = {
  /** Changes when a run begins, ends or comes to be. */
  get state(): string {
    return told.state;
  },
  progress(id: string): Progress | null {
    return told.live.find((run) => run.id === id)?.progress ?? null;
  },
};

/** Listens until the returned function is called. */
export function listen(): () => void {
  const source = new EventSource('/api/events');
  source.addEventListener('runs', (event) => (told = JSON.parse((event as MessageEvent<string>).data) as Told));
  return () => source.close();
}
