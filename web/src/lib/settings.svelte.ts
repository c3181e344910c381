// Language and colours: what the person chose, else what the browser says.

import { en, type Word } from '../words/en';
import { zh } from '../words/zh';

export type Language = 'en' | 'zh';
export type Theme = 'light' | 'dark';

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`evalscope-${name}`);
  } catch {
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`evalscope-${name}`, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

const isChinese = navigator.language.toLowerCase().startsWith('zh');
const isDark = matchMedia('(prefers-color-scheme: dark)').matches;

let language = $state<Language>(stored('language') === 'zh' || (stored('language') === null && isChinese) ? 'zh' : 'en');
let theme = $state<Theme>(stored('theme') === 'dark' || (stored('theme') === null && isDark) ? 'dark' : 'light');

function apply(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['theme'] = theme;
}
apply();

export const settings = {
  get language(): Language {
    return language;
  },
  get theme(): Theme {
    return theme;
  },
  toggleLanguage(): void {
    language = language === 'en' ? 'zh' : 'en';
    store('language', language);
    apply();
  },
  toggleTheme(): void {
    theme = theme === 'light' ? 'dark' : 'light';
    store('theme', theme);
    apply();
  },
};

/** The words in the chosen language; `{name}` takes the value of that name, and `{name:one|many}` the word that goes with it. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const text = (language === 'zh' ? zh : en)[word];
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => (many === undefined ? String(values[name] ?? whole) : String(values[name]) === '1' ? (one ?? '') : many));
}
