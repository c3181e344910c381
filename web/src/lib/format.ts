// Numbers, times and amounts as people read them.

import type { Json } from './api';

const whole = new Intl.NumberFormat('en-US');

export const count = (value: number | null | undefined): string => (value == null ? '–' : whole.format(value));

export function score(value: number | null | undefined): string {
  if (value == null) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3);
}

/** A mode of multiple choice is a word, or a word with how. */
export const modeName = (mode: Json | undefined): string => (typeof mode === 'string' ? mode : (Object.keys(mode ?? {})[0] ?? '')).replaceAll('_', '-');

export const signed = (value: number | null | undefined): string => (value == null ? '–' : `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}`);

export function interval(range: [number, number] | null | undefined): string {
  return range ? `${score(range[0])} – ${score(range[1])}` : '';
}

export function pValue(value: number | null | undefined): string {
  if (value == null) return '–';
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

export function milliseconds(value: number | null | undefined): string {
  if (value == null) return '–';
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}

export function seconds(value: number | null | undefined): string {
  if (value == null) return '–';
  const all = Math.round(value);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

export function short(value: number | null | undefined): string {
  if (value == null) return '–';
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return Number.isInteger(value) ? whole.format(value) : value.toFixed(1);
}

/** `2026-01-31 12:00`, UTC. */
export const time = (text: string | null | undefined): string => (text ? text.replace('T', ' ').slice(0, 16) : '');

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? '';
}
