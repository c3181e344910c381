// Reads what a review and a call say, which are shown as they were written down.

import type { Json, JsonObject } from '../lib/api';

const object = (value: Json | undefined): JsonObject | null => (value && typeof value === 'object' && !Array.isArray(value) ? value : null);
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

export const texts = (value: Json | undefined): string[] => list(value).map(String);

export const scoreOf = (review: JsonObject | null): JsonObject | null => object(object(review?.['sample_score'])?.['score']);

export function spanOf(review: JsonObject | null): [number, number] | null {
  const span = list(scoreOf(review)?.['extracted_span']);
  return typeof span[0] === 'number' && typeof span[1] === 'number' ? [span[0], span[1]] : null;
}

export interface Piece {
  role: string;
  text: string;
  images: Picture[];
}

/** An image of a message: where it is, and its number among those of the call. */
export interface Picture {
  number: number;
  name: string;
}

/** Characters of an image's address that are shown. */
const QUOTE = 80;

/** What was sent, message by message. The server shows images that are in the message itself or in the run's folder; others are named. */
export function asked(call: JsonObject): Piece[] {
  if (typeof call['prompt'] === 'string') return [{ role: 'text', text: call['prompt'], images: [] }];
  if (call['prefix'] !== undefined) {
    const before = Array.isArray(call['prefix']) ? texts(call['prefix']).join('') : String(call['prefix']);
    return [{ role: 'prefix', text: before, images: [] }];
  }
  let images = 0;
  if (call['messages'] !== undefined) return list(call['messages']).map((message) => piece(object(message), () => images++));
  return typeof call['program'] === 'string' ? [{ role: 'program', text: call['program'], images: [] }] : [];
}

function piece(message: JsonObject | null, next: () => number): Piece {
  const role = String(message?.['role'] ?? '');
  const content = message?.['content'];
  const calls = list(message?.['tool_calls']).map((one) => JSON.stringify(one));
  if (!Array.isArray(content)) return { role, text: [content == null ? '' : String(content), ...calls].filter(Boolean).join('\n'), images: [] };
  const images: Picture[] = [];
  const lines = content.map((part) => {
    const of = object(part);
    if (typeof of?.['text'] === 'string') return of['text'];
    const image = of?.['image'] ?? of?.['image_url'];
    if (image != null) {
      const name = object(object(image)?.['file'])?.['path'] ?? object(image)?.['url'] ?? image;
      images.push({ number: next(), name: (typeof name === 'string' ? name : JSON.stringify(name)).slice(0, QUOTE) });
      return '';
    }
    return JSON.stringify(part).slice(0, 300);
  });
  return { role, text: [...lines, ...calls].filter(Boolean).join('\n'), images };
}

export interface Reply {
  text: string;
  reasoning: string;
  tools: string[];
  stop: string;
}

export function replies(call: JsonObject): Reply[] {
  return list(object(call['model_output'])?.['choices']).map((choice) => {
    const message = object(object(choice)?.['message']);
    return {
      text: typeof message?.['content'] === 'string' ? message['content'] : '',
      reasoning: typeof message?.['reasoning_content'] === 'string' ? message['reasoning_content'] : '',
      tools: list(message?.['tool_calls']).map((one) => JSON.stringify(one, null, 2)),
      stop: String(object(choice)?.['stop_reason'] ?? ''),
    };
  });
}

/** Continuations with their log-likelihoods. */
export function likelihoods(call: JsonObject): { text: string; sum: number | string; isGreedy: boolean }[] {
  const continuations = texts(call['continuations']);
  return list(call['loglikelihoods']).map((one, place) => ({
    text: continuations[place] ?? '',
    sum: (object(one)?.['sum'] as number | string) ?? '',
    isGreedy: object(one)?.['is_greedy'] === true,
  }));
}

/** What is known of a call's times and tokens. */
export function measured(call: JsonObject): [string, number][] {
  const output = object(call['model_output']);
  const usage = object(output?.['usage']);
  const pairs: [string, Json | undefined][] = [
    ['latency_ms', output?.['latency_ms']],
    ['ttft_ms', output?.['ttft_ms']],
    ['itl_ms', output?.['itl_ms']],
    ['input_tokens', usage?.['input_tokens']],
    ['output_tokens', usage?.['output_tokens']],
    ['reasoning_tokens', usage?.['reasoning_tokens']],
    ['cached_tokens', usage?.['cached_tokens']],
  ];
  return pairs.filter((pair): pair is [string, number] => typeof pair[1] === 'number');
}
