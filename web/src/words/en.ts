// Every word on the pages, in English.

export const en = {
  add_run: 'Add a run', add_tag: 'add a tag', all: 'all', all_benchmarks: 'All benchmarks', all_errors: 'All errors', all_models: 'All models',
  all_subsets: 'All subsets', all_tags: 'All tags', answer: 'Answer', answered: 'answered', api_url: 'Endpoint (empty for a local model)', as_json: 'This sample as JSON, whole',
  batch: 'Calls at a time', benchmark: 'Benchmark', benchmarks: 'Benchmarks', cached: 'from the cache', call: 'Call {number}', calls: 'Calls',
  calls_left_out: '{count} earlier calls are not shown', choose_run: 'Choose {run} for a comparison', choose_sample: 'Choose a sample, or press j.', close: 'Close', compare: 'Compare',
  compare_chosen: 'Compare ({count})', comparing: 'Comparing, question by question …', cost: 'Cost', cut_replies: '{count} replies cut at the token limit', detectable: 'Detectable',
  difference: 'B − A', disagreements: 'Disagreements', download: 'Download:', explanation: 'Explanation', failed: 'failed', failed_count: '{count} failed', failed_samples: '{count} samples failed',
  failures: 'Failures', filters: 'Filters', found: '{found} of {all} samples', found_cut: 'the first {found} found of {all} samples', from: 'from', image: 'Image of the message', in_flight: 'in flight',
  interval: '95 % interval', key_clear: 'no filter', key_next: 'next, previous sample', key_runs: 'all runs', key_search: 'search', key_verdicts: 'only this verdict', keys: 'Keys', latency: 'Latency',
  latency_over_throughput: '{measure} over throughput', length: 'Length', limit: 'Samples at most of each subset', look: 'look', making: 'The index of this run is being made, once: {done} of {total} samples',
  making_label: 'Index', manifest: 'Manifest', max_length: 'Longest reply, characters', metric: 'Metric', min_length: 'Shortest reply, characters', missing_count: '{count} not reached',
  missing_subsets: '{count} subsets without data', model: 'Model', more: 'Show more', more_scores: '{count} more', new_run: 'New run', no_answer: '– (none found)', no_page: 'There is no such page.',
  no_perf: 'There are no load tests here. `evalscope perf` makes them.', no_runs: 'There are no runs here yet. This makes one:', no_summary_yet: 'There is no summary yet.', only_a: 'Only A right', only_b: 'Only B right',
  options: 'Options', pages: 'Pages', pairs: 'Pairs', perf: 'Load tests', plan: 'Plan', plan_differs: 'The plan of {run} differs from that of the first run in {count} places', progress: 'Progress',
  progress_line: '{done} of {total} samples', provenance: 'What it was made of', question: 'Question', questions_found: '{found} of {all} questions that at least two have', rate: '{rate} samples/s', raw: 'Request and response as recorded',
  remove_run: 'Leave out {run}', remove_tag: 'Remove the tag {tag}', repeat: 'repeat', requests: 'Requests', requests_by_second: 'Requests by second', requests_per_s: 'requests/s', resume: 'Go on', runs: 'Runs',
  runs_found: '{found} of {all} runs', same_command: 'The same on the command line:', sample: 'Sample', samples: 'Samples', samples_per_s: 'Samples/s', score: 'Score', scores: 'Scores', search_runs: 'Search runs', search_samples: 'Search samples: words, "in this order"',
  sent: 'sent', significance_note: 'Bold: the best. ▼: behind the best at the 5 % level, paired by question, after Holm’s correction.', significant: 'behind the best at the 5 % level', skip: 'Skip to the content', stages: 'Stages', start: 'Start',
  status_failed: 'failed', status_finished: 'finished', status_interrupted: 'interrupted', status_null: 'unknown', status_partial: 'some failed', status_running: 'running', stop: 'Stop', subsets: '{count} subsets', target: 'Target',
  theme: 'Light or dark', time_left: '{time} left', timeline: 'Second by second', to: 'to', tokens_by_second: 'Output tokens by second', tokens_in: 'Tokens in', tokens_out: 'Tokens out', tokens_per_s: 'tokens/s', usage: 'What it took',
  verdict: 'Verdict', verdict_failed: 'failed', verdict_none: 'no answer', verdict_partly: 'partly right', verdict_right: 'right', verdict_unscored: 'not scored', verdict_wrong: 'wrong', want_all: 'All questions',
  want_differing: 'One right, another not', want_none_right: 'No one right', want_only_right: 'Only {model} right', want_only_wrong: 'Only {model} not right', without_answer: '{count} without an answer',
  all_categories: 'All categories', all_outcomes: 'All outcomes', arena: 'Arena', back: 'Back', battles: 'Battles', battles_counted: '{battles} battles, {verdicts} verdicts, {unread} unread', battles_found: '{found} of {all} battles', judge_said: 'Judge: same verdict in both orders {same}; first place ahead by {first}; the longer answer wins {longer}.', lines_unread: '{count} lines are no battle', lost: 'Lost', matrix: 'Who beats whom', no_arena: 'There are no arenas here. `evalscope arena run` makes them.', null_model_said: 'An answer without content won {share} of its battles.', observed: 'Observed', onward: 'Onward', predicted: 'Predicted', rank: 'Rank', rating: 'Rating', ratings: 'Ratings', tie: 'tie', tied: 'Tied', unread: 'unread', verdicts_count: '{count} verdicts', winner: 'Winner', won: 'Won',
};

export type Word = keyof typeof en;
