// What should be known of a benchmark beside its scores, one line each.

import type { BenchmarkSummary, Estimate, JudgeMeter, RunDetail } from '../lib/api';
import { count, modeName, score } from '../lib/format';
import { t } from '../lib/settings.svelte';
import type { Word } from '../words/en';

/** Subsets named, and characters of a value shown, at most. */
const [NAMED, LONG] = [6, 80];
/** An answer without content that gets so much is no accident. */
const ALARM = 0.1;

export function notes(of: BenchmarkSummary): string[] {
  const main = of.metrics[0];
  const [lost, without] = [of.missing_subsets ?? [], of.shuffled_without ?? []];
  const { cost, failed_calls: failed, uncounted_calls: uncounted, cached_calls: cached } = of.usage;
  return [
    departures(of),
    choice(of.choice),
    lost.length > 0 ? t('without_data', { names: first(lost) }) : '',
    without.length > 0 ? t('shuffled_without', { names: first(without) }) : '',
    main?.clusters ? t('clusters', { count: count(main.clusters) }) : '',
    audit(of.audit),
    of.isolation && of.isolation !== 'full' ? t('isolation', { how: of.isolation }) : '',
    ...(of.judges ?? []).map((one) => t('judge_took', { judge: one.model, calls: count(one.usage.calls), failed: count(one.usage.failed_calls) })),
    ...(of.judge_meters ?? []).map(meter),
    main?.judge_half_width_95 ? t('judge_widened', { half: score(main.judge_half_width_95) }) : '',
    cost && failed + uncounted > 0 ? t('unknown_cost', { failed: count(failed), uncounted: count(uncounted) }) : '',
    cost && cached > 0 ? t('free_calls', { count: count(cached) }) : '',
  ].filter(Boolean);
}

const first = (names: string[]): string => names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', …' : '');

function departures(of: BenchmarkSummary): string {
  const fields = Object.entries(of.departures ?? {}).map(([name, value]) => (value == null ? name : `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`));
  return fields.length > 0 ? t('departed', { name: of.benchmark, protocol: of.protocol, fields: fields.join(', ') }) : '';
}

function choice(of: BenchmarkSummary['choice']): string {
  if (!of) return '';
  const [mode, own] = [modeName(of.mode), modeName(of.own)];
  return mode === own ? t('choice_mode', { mode }) : t('choice_departed', { mode, own });
}

/** What a second look at the replies shows; nothing when nothing is odd. */
function audit(of: BenchmarkSummary['audit']): string {
  if (!of) return '';
  const full = of.context_full ?? 0;
  const counts: [Word, number][] = [['audit_against', of.against_both ?? 0], ['audit_empty', of.empty], ['audit_truncated', of.truncated - full], ['audit_context', full], ['audit_refused', of.refused], ['audit_thinking', of.unfinished_thinking]];
  const odd = counts.filter(([, many]) => many > 0).map(([word, many]) => t(word, { count: count(many) }));
  if (odd.length === 0 && of.differing === 0) return '';
  const read = of.read > 0 ? [t('audit_read', { strict: score(of.strict), lenient: score(of.lenient), differing: count(of.differing) })] : [];
  return [t('audit', { count: count(of.replies) }), ...read, ...odd].join(' · ');
}

export function meter(of: JudgeMeter): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const around = (word: Word, found: Estimate | null | undefined): string => (found ? t(word, { value: score(found.value), low: score(found.interval_95[0]), high: score(found.interval_95[1]) }) : '');
  const share = (word: Word, value: number | null | undefined, more: Record<string, string> = {}): string => (value == null ? '' : t(word, { value: percent(value), ...more }));
  const missing = Object.keys(of.not_measured ?? {});
  return [
    t(of.judge ? 'judge_meter' : 'judge_verdicts', { judge: of.judge ?? '', count: count(of.verdicts), unread: count(of.unread) }),
    share('judge_swap', of.swap_consistency, { count: count(of.swapped_pairs) }),
    share('judge_first', of.first_slot_excess, { half: of.first_slot_half_width_95 == null ? '–' : percent(of.first_slot_half_width_95) }),
    share('judge_longer', of.longer_wins),
    around('judge_slope', of.length_slope),
    around('judge_length', of.length_effect),
    share('judge_own', of.own_wins),
    around('judge_above', of.own_excess),
    of.null_model ? t('judge_null', { value: score(of.null_model.value) }) + (of.null_model.value > ALARM ? `: ${t('judge_alarm')}` : '') : '',
    missing.length > 0 ? t('judge_not', { names: missing.join(', ') }) : '',
  ].filter(Boolean).join(' · ');
}

/** What decided the calls. */
export function facts(summary: NonNullable<RunDetail['summary']>): string[] {
  const { seed, repeats = 1, limit } = summary;
  const of = [
    seed === undefined ? '' : t('seed', { seed }),
    repeats > 1 ? t('asked_times', { count: repeats }) : '',
    limit?.count !== undefined ? t('limited', { count: count(limit.count) }) : limit?.fraction !== undefined ? t('limited_share', { share: limit.fraction }) : '',
  ].filter(Boolean);
  const again = Object.entries(summary.nondeterminism ?? {}).map(([model, found]) => t('same_again', { model, differing: found.differing, count: found.repeats }));
  const sources = new Map(summary.benchmarks.filter((one) => one.source).map((one) => [one.benchmark, one.source ?? {}]));
  const value = (name: string, of: string): string => (name === 'read_from' ? t('read_from', { place: of.slice(0, LONG) }) : `${name} ${of.slice(0, LONG)}`);
  const values = (source: Record<string, string>): string => Object.entries(source).map(([name, of]) => value(name, of)).join(' · ');
  return [of.join(' · '), ...again, ...[...sources].map(([name, source]) => t('source_of', { name, source: values(source) }))].filter(Boolean);
}
