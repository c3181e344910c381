// Where we are: the part of the address behind `#`, so that the server sees one page only.

import './inlined';

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function read(): { path: string[]; query: URLSearchParams } {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

let current = $state.raw(read());
window.addEventListener('hashchange', () => (current = read()));

export const route = {
  get path(): string[] {
    return current.path;
  },
  get query(): URLSearchParams {
    return current.query;
  },
};

export type Words = [string, string | number | undefined | null][];

export function link(path: string[], words: Words = []): string {
  const query = new URLSearchParams();
  for (const [name, value] of words) if (value !== undefined && value !== null && value !== '') query.append(name, String(value));
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

/** Goes there without a new entry in the browser's history. */
export function replace(href: string): void {
  history.replaceState(null, '', href);
  current = read();
}

export function go(href: string): void {
  location.hash = href.slice(1);
}
