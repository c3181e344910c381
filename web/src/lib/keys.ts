// Keys of a page: single letters, while nobody types into a field.

export type Keys = Record<string, () => void>;

export function listenKeys(keys: Keys): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement | null;
    const types = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
    if (types && event.key === 'Escape') target.blur();
    if (types || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  window.addEventListener('keydown', pressed);
  return () => window.removeEventListener('keydown', pressed);
}
