// Every word on the pages, in Chinese.

import type { Word } from './en';

export const zh: Record<Word, string> = {
  add_run: '添加运行', add_tag: '添加标签', all: '合计', all_benchmarks: '全部基准', all_errors: '全部错误', all_models: '全部模型',
  all_subsets: '全部子集', all_tags: '全部标签', answer: '答案', answered: '已回答', api_url: '接口地址(本地模型留空)', as_json: '此样本的完整 JSON',
  batch: '并发调用数', benchmark: '基准', benchmarks: '基准', cached: '来自缓存', call: '第 {number} 次调用', calls: '调用',
  calls_left_out: '未显示之前的 {count} 次调用', choose_run: '选择 {run} 进行对比', choose_sample: '选择一个样本,或按 j。', close: '关闭', compare: '对比',
  compare_chosen: '对比({count})', comparing: '正在逐题对比……', cost: '费用', cut_replies: '{count} 条回复因长度上限被截断', detectable: '可检出差异',
  difference: 'B − A', disagreements: '分歧', download: '下载:', explanation: '说明', failed: '失败', failed_count: '{count} 个失败', failed_samples: '{count} 个样本失败',
  failures: '失败', filters: '筛选', found: '{all} 个样本中的 {found} 个', found_cut: '{all} 个样本中找到的前 {found} 个', from: '从', image: '消息中的图片', image_not_shown: '未显示的图片,因为它不在运行之中:', in_flight: '进行中',
  interval: '95 % 区间', key_clear: '清除筛选', key_cycle: '下一个模型、基准、子集', key_next: '下一个、上一个样本', key_runs: '全部运行', key_search: '搜索', key_verdicts: '只看该判定', key_vote: '投票:A、B、平局、都不好;返回', keys: '快捷键', latency: '延迟',
  latency_over_throughput: '{measure} 与吞吐量', length: '长度', limit: '每个子集的样本上限', look: '查看', making: '正在为此运行建立索引(仅一次):{done} / {total} 个样本',
  making_label: '索引', manifest: '清单', max_length: '回复最长字符数', metric: '指标', min_length: '回复最短字符数', missing_count: '{count} 个未到达',
  missing_subsets: '{count} 个子集没有数据', model: '模型', more: '显示更多', more_scores: '另有 {count} 项', new_run: '新建运行', no_answer: '–(未找到)', no_page: '没有这个页面。',
  no_perf: '这里没有压测结果。用 `evalscope perf` 生成。', no_runs: '这里还没有运行。用下面的命令创建:', no_summary_yet: '还没有汇总。', only_a: '仅 A 正确', only_b: '仅 B 正确',
  options: '选项', pages: '页面', pairs: '两两对比', perf: '压测', plan: '计划', plan_differs: '{run} 的计划与第一个运行有 {count} 处不同', progress: '进度',
  progress_line: '{done} / {total} 个样本', provenance: '来源', question: '问题', questions_found: '至少两方都有的 {all} 题中的 {found} 题', rate: '{rate} 样本/秒', raw: '记录的请求与响应',
  remove_run: '移除 {run}', remove_tag: '移除标签 {tag}', repeat: '重复', requests: '请求', requests_by_second: '每秒请求', requests_per_s: '请求/秒', resume: '继续', runs: '运行',
  runs_found: '{all} 个运行中的 {found} 个', same_command: '等价的命令行:', sample: '样本', samples: '样本', samples_per_s: '样本/秒', score: '得分', scores: '得分', search_runs: '搜索运行', search_samples: '搜索样本:词语,"按此顺序"',
  sent: '已发送', significance_note: '粗体:最好。▼:按题配对、经 Holm 校正,在 5 % 水平上落后于最好者。', significant: '在 5 % 水平上落后于最好者', skip: '跳到正文', stages: '阶段', start: '开始',
  status_failed: '失败', status_finished: '完成', status_interrupted: '中断', status_null: '未知', status_partial: '部分失败', status_running: '运行中', stop: '停止', subsets: '{count} 个子集', target: '标准答案',
  theme: '浅色或深色', time_left: '剩余 {time}', timeline: '逐秒', to: '到', tokens_by_second: '每秒输出 token', tokens_in: '输入 token', tokens_out: '输出 token', tokens_per_s: 'token/秒', usage: '消耗',
  verdict: '判定', verdict_failed: '失败', verdict_none: '无答案', verdict_partly: '部分正确', verdict_right: '正确', verdict_unscored: '未评分', verdict_wrong: '错误', want_all: '全部问题',
  want_differing: '有对有错', want_none_right: '无一正确', want_only_right: '仅 {model} 正确', want_only_wrong: '仅 {model} 不正确', without_answer: '{count} 个没有答案',
  all_categories: '全部类别', all_outcomes: '全部结果', arena: '竞技场', back: '上一页', battles: '对战', battles_counted: '{battles} 场对战,{verdicts} 个判定,{unread} 个无法读取', battles_found: '{all} 场对战中的 {found} 场', judge_said: '评判模型:两种顺序判定一致 {same};首位领先 {first};较长答案获胜 {longer}。', lines_unread: '{count} 行不是对战', lost: '负', matrix: '两两胜率', no_arena: '这里没有竞技场结果。用 `evalscope arena run` 生成。', null_model_said: '没有内容的答案赢得其对战的 {share}。', observed: '实际', onward: '下一页', predicted: '预测', rank: '名次', rating: '评分', ratings: '评分', ratings_of: '评分范围', tie: '平局', tied: '平', unread: '无法读取', verdicts_count: '{count} 个判定', winner: '胜者', won: '胜',
  a_better: 'A 更好', agreement_all: '全部 {voters} 位投票者,{votes} 票:', agreement_own: '你的投票:', agreement_said: '{pairs} 对中有 {share} 与评判模型一致(kappa {kappa})。', all_voted: '你已对所有回答对投票。谢谢。', b_better: 'B 更好', both_bad: '都不好', both_good: '平局', other_voter: '换一位投票者', think_again: '返回', vote: '投票', vote_cut: '文件中不止这 {count} 对。', voted: '{total} 对中的 {done} 对', voter_name: '你的名字', voter_note: '名字与投票一同保存,再次回来时据此继续。不显示哪个模型给出哪个回答。', voting_again: '你已对这一对投过票;现在的选择会取代之前的投票。',
  bars: '得分条形图', breakdown: '逐项对比', by_category: '类别', by_subset: '子集', lower_is_better: '越低越好', models_shown: '显示的模型', part: '部分', radar_label: '{models} 在 {axes} 个维度上的得分;数值见下',
  ended_with: '已结束,退出码 {code}', log: '运行日志', log_cut: '仅显示末尾。',
  add_figure: '添加服务端指标', deployments: '部署对比', distance_note: '百分比相对于第一个。', load: '负载', over_load: '{measure} 与负载', per_second: '每秒', server_figures: '服务端自身指标',
  one_page: '将此页存为单个文件',
};
