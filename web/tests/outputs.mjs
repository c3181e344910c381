// Makes folders of results to test with, in the form of docs/formats.md.

import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';

const json = (value) => `${JSON.stringify(value)}\n`;

/** Writes a run. `samples` gives what is asked, answered and wanted, in order; `name` is the model's. */
export async function run(folder, { models = ['small-model'], benchmark = 'sums@own-1', subsets, status = 'finished', started = '2026-01-31T12:00:00Z', hostile = null, scoring = {} }) {
  const plan = {
    version: 1,
    models: models.map((id) => ({ id, identity: { api: 'chat' }, sampling: {} })),
    benchmarks: [{ name: benchmark, subsets: Object.fromEntries(Object.entries(subsets).map(([name, list]) => [name, list.length ?? list.count])), asking: { text: hostile ?? 'x' }, scoring: { title: hostile ?? 'Sums', metrics: [{ name: 'accuracy', range: [0, 1] }], ...scoring } }],
    seed: 42,
    repeats: 1,
  };
  await mkdir(join(folder, 'configs'), { recursive: true });
  await writeFile(join(folder, 'configs/plan.json'), json(plan));
  await writeFile(join(folder, 'configs/task_config.yaml'), json({ model: models, note: hostile ?? '' }));
  await writeFile(join(folder, 'run.json'), json({ version: 1, status, program: 'evalscope-rs 0.1.0', started_at: started, ...(status === 'running' ? {} : { ended_at: started }), resumed: 0 }));
  for (const [place, model] of models.entries()) {
    for (const [subset, list] of Object.entries(subsets)) await lines(folder, { model, place, benchmark: benchmark.split('@')[0], subset, list });
  }
}

async function lines(folder, { model, place, benchmark, subset, list }) {
  const file = `${benchmark}_${subset}.jsonl`;
  const streams = [];
  for (const kind of ['predictions', 'reviews']) {
    await mkdir(join(folder, kind, model), { recursive: true });
    streams.push(createWriteStream(join(folder, kind, model, file), { highWaterMark: 1 << 20 }));
  }
  const [predictions, reviews] = streams;
  const count = list.length ?? list.count;
  for (let index = 0; index < count; index += 1) {
    const sample = list.length === undefined ? list.make(index, place) : list[index];
    const [call, review] = pair(index, subset, model, sample.by ? { ...sample, ...sample.by[place] } : sample);
    if (!predictions.write(json(call))) await once(predictions, 'drain');
    if (review && !reviews.write(json(review))) await once(reviews, 'drain');
  }
  await Promise.all(streams.map((stream) => new Promise((done) => stream.end(done))));
}

function pair(index, subset, model, { id = `q${index}`, question, reply, reasoning, answer, target, right, error, explanation, span, system }) {
  const messages = [...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content: question }];
  const call = { index, repeat: 0, call: 0, id, model, digest: 'd', messages, sampling: { max_tokens: 64 } };
  if (error) {
    const failure = { kind: 'server', message: error, status: 500, attempts: 5 };
    const review = { index, repeat: 0, id, subset, target: [target ?? ''], sample_score: { score: { value: {}, extracted_prediction: null, main_score_name: '', status: 'failed' } }, error: failure };
    return [{ ...call, error: failure, at: 1769860800 + index }, review];
  }
  const message = { role: 'assistant', content: reply, ...(reasoning ? { reasoning_content: reasoning } : {}) };
  const model_output = { model, choices: [{ message, stop_reason: 'stop' }], usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 }, time: 0.32, latency_ms: 320 + (index % 40), ttft_ms: 45 };
  const score = { value: { accuracy: right ? 1 : 0 }, extracted_prediction: answer ?? null, ...(span ? { extracted_span: span } : {}), ...(explanation ? { explanation } : {}), main_score_name: 'accuracy', status: 'success' };
  return [{ ...call, model_output, at: 1769860800 + index }, { index, repeat: 0, id, subset, target: [target ?? ''], sample_score: { score } }];
}

/** Sums, of which the first model has three in four right and the second every second one. */
export function sums(count) {
  return Array.from({ length: count }, (_, index) => {
    const sum = String(index * 2 + 1);
    const of = (right) => ({ right, reply: `Let us add. The answer is ${right ? sum : '0'}.`, answer: right ? sum : '0', span: [26, 26 + (right ? sum.length : 1)] });
    return { question: `What is ${index} + ${index + 1}?`, target: sum, reasoning: index % 5 === 0 ? 'Two and two.' : undefined, by: [of(index % 4 !== 0), of(index % 2 === 0)] };
  });
}

const WORDS = 'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea kid body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education'.split(' ');

/** So many samples with a few dozen words each, made from their number alone. */
export function synthetic(count) {
  return {
    count,
    make(index) {
      let state = (index * 2654435761 + 12345) >>> 0;
      const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
      // The sum of two draws makes some words common and some rare, as in a language.
      const words = (length) => Array.from({ length }, () => WORDS[Math.floor(((next() / 2 ** 32) * (next() / 2 ** 32)) * WORDS.length)]).join(' ');
      const right = next() % 10 < 7;
      const answer = 'ABCD'[next() % 4];
      const base = { question: `Question ${index}: ${words(24)}?`, target: right ? answer : 'ABCD'[('ABCD'.indexOf(answer) + 1) % 4], right, answer };
      if (index % 500 === 0) return { ...base, error: 'the server answered 500: overloaded' };
      return { ...base, reply: `${words(20)}. The answer is ${answer}.` };
    },
  };
}

/** Why the load that a search missed may be the client's limit. */
export const DOUBT = '30 in parallel was INVALID: the load loop was 12 ms late';

/** A load test with a few stages. */
export async function perf(folder, { model = 'small-model', began = '2026-02-01T08:00:00Z', speed = 1, hostile = '', answers = true } = {}) {
  const figures = (of) => ({ count: 100, mean: of, min: of / 2, max: of * 3, percentiles: Object.fromEntries([['p50', 1], ['p90', 1.5], ['p95', 1.8], ['p99', 2.6]].map(([name, times]) => [name, { value: of * times }])) });
  const stage = (parallel) => ({
    name: `${parallel} at a time${hostile}`, parallel, repeat: 1, invalid: hostile ? [hostile] : [],
    requests: { total: 100, ok: answers ? 99 : 0, failed: answers ? 1 : 100, warm_up: 0, cool_down: 0, aborted: 0, classes: { server: answers ? 1 : 100 }, examples: { server: hostile || '500' } },
    duration_s: 10, throughput: { requests_per_s: (speed * parallel * 4) / (1 + parallel / 24), output_tokens_per_s: 130 * parallel },
    latency: !answers ? {} : { ttft_ms: figures((40 + parallel * 3) / speed), e2e_ms: figures((250 + parallel * 14) / speed), tpot_ms: figures((5 + parallel / 8) / speed) },
    tokens: {}, client: {},
    timeline: Array.from({ length: 10 }, (_, second) => ({ second, sent: parallel * 2, ok: parallel * 2 - (second === 3 ? 1 : 0), failed: second === 3 ? 1 : 0, in_flight: parallel, output_tokens: 130 * parallel + second, ttft_ms: 40 + second })),
    histograms: { ttft_ms: { edges: Array.from({ length: 41 }, (_, at) => 20 * 1.1 ** at), counts: Array.from({ length: 40 }, (_, at) => (at * 7) % 23) } },
    heat: { measure: 'ttft_ms', column_s: 0.5, least_ms: 0.1, rows_per_decade: 8, columns: Array.from({ length: 20 }, (_, at) => [...Array(20).fill(0), at, 3, (at * 5) % 7]) },
    gpus: [{ from: 'http://127.0.0.1:9400/metrics', id: `GPU-1${hostile}`, number: hostile || '0', model: `H100${hostile}`, busy_share: 0.874, memory_most_bytes: 71.25 * 1024 ** 3, power_w: 412.3, temperature_most_c: 66 }, { from: 'http://127.0.0.1:9400/metrics', id: 'GPU-2', number: '1', busy_share: 0.1 }],
    server: ['vllm:num_requests_waiting', 'vllm:num_requests_running', 'vllm:kv_cache_usage_perc', 'vllm:generation_tokens', 'process_open_fds'].map((name, at) => ({ from: 'http://127.0.0.1:8000/metrics', name: `${name}{model="${model}${hostile}"}`, sort: at === 3 ? 'counter' : 'gauge', points: Array.from({ length: 10 }, (_, second) => [second + 0.4, parallel * (at + 1) + second]) })),
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'summary.json'), json({ version: 1, evalscope: '0.1.0', began_at: began, model: model + hostile, url: 'http://127.0.0.1:8000/v1', api: 'chat', dataset: 'synthetic', prompts: 100, seed: 42, stages: [1, 8, 32, 64].map(stage), spreads: [{ load: `8 at a time${hostile}`, measure: hostile || 'TTFT p50, ms', runs: 4, invalid_runs: 1, mean: 51.26, mean_interval_95: [50.9, 51.62], std: 0.226, min: 51.01, max: 51.55 }, { load: `8 at a time${hostile}`, measure: 'requests/s', runs: 5, mean: 1234.5, mean_interval_95: [1200.1, 1268.9], std: 27.7, min: 1199, max: 1270 }], knees: [{ load: hostile || 'parallel', at: 20, requests_per_s: 44, between: [8, 32], flatter: 0.2 }], search: { maximize: hostile || 'parallel', goals: hostile || 'ttft p95 under 200 ms', kept: 28, missed: 30, doubt: DOUBT + hostile }, notes: [hostile || 'prompts came again', `the load that missed the goals may be the client's limit and not the server's: ${DOUBT}${hostile}`] }));
}

/** An arena of three models with a dozen battles. */
export async function arena(folder, { hostile = '' } = {}) {
  const models = ['large', 'middle', 'small'].map((name) => name + hostile);
  const share = [[null, 0.75, 0.9], [0.25, null, 0.6], [0.1, 0.4, null]];
  const ratings = models.map((model, place) => ({ model, rank: place + 1, rating: 1120 - place * 120, interval_95: [1080 - place * 120, 1160 - place * 120], elo: 1100 - place * 100, elo_over_orders: 1100, win: 9 - 3 * place, loss: place * 3, tie: 1, unknown: 0 }));
  const rated = { battles: 12, verdicts: 23, unknown: 1, ratings, coefficients: [{ name: hostile || 'first place', value: 0.12, interval_95: [0.02, 0.22] }], tie_strength: null, matrix: { models, battles: share.map((row) => row.map(() => 8)), observed: share, predicted: share.map((row) => row.map((one) => (one == null ? 0.5 : one * 0.9 + 0.05))) }, notes: hostile ? [hostile] : [] };
  const inside = (category, order, win) => {
    const of = order.map((at) => models[at]);
    return { category: hostile ? category + hostile : category, battles: 6, verdicts: 12, unknown: 0, ratings: of.map((model, place) => ({ ...ratings[place], model })), matrix: { ...rated.matrix, models: of, observed: rated.matrix.observed.map((row) => row.map((one) => one && win)) } };
  };
  const ratings_by_category = [inside('maths', [2, 1, 0], 0.66), inside('writing', [0, 1, 2], 0.85)];
  const judge = { verdicts: 23, unread: 1, swapped_pairs: 11, swap_consistency: 0.75, first_slot_excess: 0.1, first_slot_half_width_95: 0.2, longer_wins: 0.5, not_measured: { own_wins: hostile || 'no answers of its own' } };
  const battles = Array.from({ length: 12 }, (_, at) => ({ model_a: models[at % 2], model_b: models[2], win_1: 'model_a', win_2: at % 4 ? 'model_a' : 'model_b', question_id: at, category: hostile || (at % 3 ? 'writing' : 'maths'), question: hostile || `Question ${at}`, output_a: hostile || `First answer ${at}`, output_b: hostile || `Second answer ${at}`, judge: hostile || 'judge', review_text_1: hostile || '[[A]]', review_text_2: hostile || '[[B]]' }));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'leaderboard.json'), json({ questions: 12, judge, null_model_share: 0.05, leaderboard: { rated, against: { [models[1]]: { win: 3, loss: 6, tie: 2, unknown: 1 } }, length_controlled: { [models[1]]: { value: 0.37, interval_95: [0.3, 0.44] } }, scores: null, categories: [], ratings_by_category } }));
  await writeFile(join(folder, 'reviews.jsonl'), battles.map(json).join(''));
}
