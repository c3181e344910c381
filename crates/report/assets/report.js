"use strict";
// The report page. Everything from outside is set as text: nothing here parses HTML.

const WORDS = {
  en: {
    title: "Evaluation report", skip: "Go to the samples", scores: "Scores", samples: "Samples", other: "中文",
    failedOf: "{0} of {1} samples failed and are not in the scores",
    ofModel: "{0} of {1}",
    missing: "{2}: {0} of {1} planned samples are in",
    unscored: "{0} recorded replies are not scored yet; score them with the same command and --stage review --use-cache RUN_DIR",
    withoutData: "Subsets without data ({0}): {1}", moreNames: " and {0} more", mix: "Mix {0}", taskType: "task type {0}", tag: "tag {0}", weight: "{0} (weight {1})", microMean: "over samples", macroMean: "over benchmarks", weightedMean: "by weight", clusters: "Standard error clustered: the questions share {0} passages or the like", choice: "Choice mode: {0}", choiceDeparted: "Choice mode {0} departs from the protocol’s {1}", audit: "Audit of {0} replies", auditRead: "{0} read strictly, {1} leniently, {2} read differently", auditEmpty: "{0} empty", auditTruncated: "{0} truncated", auditRefused: "{0} refused", auditThinking: "{0} with unfinished thinking", judgeMeter: "Judge {0}: {1} verdicts, {2} unread", judgeSwap: "the same in both orders on {0} of {1} pairs", judgeFirst: "first place ahead by {0} ± {1}", judgeLonger: "longer answer wins {0}", judgeSlope: "length slope {0} [{1}, {2}]", judgeLength: "length adds {0} [{1}, {2}]", judgeOwn: "its own answers win {0}", judgeAbove: "gives its own answers {0} [{1}, {2}] more", judgeNull: "an answer without content gets {0}", judgeAlarm: ": this judge cannot be trusted", judgeNot: "not measured: {0}", judgeWidened: "The interval holds ± {0} for the judges’ own errors", withoutAnswer: "Replies without an answer: {0}", cutReplies: "cut at the token limit: {0}",
    provenance: "How this was run", seed: "Seed", limit: "Samples of each subset", noLimit: "all", atMost: "at most {0}", share: "the share {0}", asked: "Each sample asked", times: "{0} ×", model: "Model {0}", sampling: "Sampling {0}", unset: "as the server and the benchmark say", source: "Data of {0}", sameAgain: "Asked again at temperature 0, {0}", differing: "{0} of {1} answers differ",
    running: "The run is under way", interrupted: "The run was interrupted", failedRun: "The run ended with an error", incomplete: "The run is not complete",
    facts: "{0} of {1} samples scored · {2} · started {3}", ended: " · ended {0}", repeats: " · each asked {0} times",
    method: "A score is the mean over the scored samples; failed calls are in no score. Whiskers and brackets are 95 % intervals: Wilson’s for metrics of 0 and 1, else mean ± 1.96 standard errors. Repeats of one question count once for the error.",
    protocol: "protocol {0}", noScore: "no score yet", interval: "95 % interval {0} – {1}", n: "n = {0}", errors: "{0} failed", missingShort: "{0} missing",
    details: "All numbers", subsets: "{0} subsets", metric: "metric", score: "score", macro: "mean of subsets", se: "± se", ci: "95 % interval", count: "n", fails: "errors", part: "part", all: "all samples",
    usage: "{0} calls, {1} failed", tokens: " · {0} tokens in, {1} out", latency: " · p50 {0}, p95 {1}", ttft: " · first token {0}",
    serving: "Tokens, cost and times", servingNote: "As the client saw them at the concurrency of the run; pauses between sessions do not count. Speed of a reply: after its first token where replies were streamed.", modelName: "model", unknown: "unknown", tokensIn: "tokens in", tokensOut: "tokens out", ofCached: "of it cached", ofReasoning: "of it reasoning", perSample: "in / out a sample", cost: "cost", perRight: "cost of a right answer", times50: "latency p50", times95: "p95", first50: "first token p50", first95: "p95", gap50: "between pieces p50", gap95: "p95", streamSpeed: "tokens/s of a reply", samplesSpeed: "samples/s", tokensSpeed: "tokens/s", unknownCost: "not in the cost, which is not known of them: {0} failed calls, {1} calls without a count of tokens", freeCalls: "{0} calls answered by the response cache, which cost nothing",
    benchmark: "Benchmark", subset: "Subset", verdict: "Verdict", search: "Search", any: "all",
    right: "right", wrong: "wrong", failed: "failed", none: "no answer", partly: "partly right",
    shown: "{0} of {1} samples", embedded: " · this page holds {0} of the {1} samples that came to an end, failed and wrong ones first; the rest is in predictions/ and reviews/ beside it",
    keys: "next, previous, search", empty: "No sample matches.", choose: "Choose a sample.", noSamples: "No sample has come to an end yet.",
    more: "Show more", previous: "Previous", next: "Next", repeat: "repeat {0}",
    system: "System", user: "User", assistant: "Assistant", prompt: "Prompt", reply: "Reply", replyOf: "Reply {0}", reasoning: "Reasoning", continuations: "Continuations", loglikelihood: "log-likelihood", tokensOf: "tokens", greedy: "greedy", yes: "yes", no: "no",
    answer: "Extracted answer", target: "Target", noAnswer: "none was found", explanation: "Explanation", error: "Error", values: "Metrics", call: "Call {0}", finish: "ended: {0}", tokenCount: "{0} tokens in, {1} out", emptyText: "(empty)", status: "HTTP status {0}", attempts: "{0} attempts",
  },
  zh: {
    title: "评测报告", skip: "跳到样本", scores: "得分", samples: "样本", other: "English",
    failedOf: "{1} 个样本中有 {0} 个失败，未计入得分",
    ofModel: "{1} {0} 个",
    missing: "{2}：计划的 {1} 个样本中已有 {0} 个",
    unscored: "{0} 条已记录的回复尚未评分；请用同一命令加上 --stage review --use-cache RUN_DIR 评分",
    withoutData: "没有数据的子集（{0} 个）：{1}", moreNames: " 等，另有 {0} 个", mix: "组合 {0}", taskType: "任务类型 {0}", tag: "标签 {0}", weight: "{0}（权重 {1}）", microMean: "按样本平均", macroMean: "按基准平均", weightedMean: "按权重平均", clusters: "标准误按组计算：题目共用 {0} 段文本等", choice: "选项判定方式：{0}", choiceDeparted: "选项判定方式：{0}。这偏离了协议，协议的方式是 {1}", audit: "对 {0} 条回复的复查", auditRead: "严格解读 {0}，宽松解读 {1}，解读不同 {2} 条", auditEmpty: "空 {0} 条", auditTruncated: "被截断 {0} 条", auditRefused: "拒答 {0} 条", auditThinking: "思考未完 {0} 条", judgeMeter: "评委 {0}：{1} 个判定，{2} 个无法读取", judgeSwap: "{1} 对交换顺序后判定一致的占 {0}", judgeFirst: "排在前面的领先 {0} ± {1}", judgeLonger: "较长者获胜 {0}", judgeSlope: "长度斜率 {0} [{1}, {2}]", judgeLength: "长度带来 {0} [{1}, {2}]", judgeOwn: "评委自己的回答获胜 {0}", judgeAbove: "给自己的回答多出 {0} [{1}, {2}]", judgeNull: "没有内容的回答得 {0}", judgeAlarm: "：此评委不可信", judgeNot: "未能测量：{0}", judgeWidened: "区间已计入评委自身误差 ± {0}", withoutAnswer: "未给出答案的回复：{0}", cutReplies: "因词元上限被截断：{0}",
    provenance: "运行方式", seed: "随机种子", limit: "每个子集的样本", noLimit: "全部", atMost: "最多 {0}", share: "比例 {0}", asked: "每题询问", times: "{0} 次", model: "模型 {0}", sampling: "采样 {0}", unset: "按服务器与基准的设定", source: "{0} 的数据", sameAgain: "{0} 在温度 0 下重复询问", differing: "{1} 个回答中有 {0} 个不同",
    running: "评测正在进行", interrupted: "评测被中断", failedRun: "评测因错误结束", incomplete: "评测尚未完成",
    facts: "{1} 个样本中 {0} 个已评分 · {2} · 开始于 {3}", ended: " · 结束于 {0}", repeats: " · 每题询问 {0} 次",
    method: "得分是已评分样本的平均值；失败的调用不计入任何得分。须线与区间为 95 % 置信区间：取值为 0 和 1 的指标用 Wilson 区间，其余为均值 ± 1.96 倍标准误。同一问题的多次重复在计算误差时只算一次。",
    protocol: "协议 {0}", noScore: "尚无得分", interval: "95 % 区间 {0} – {1}", n: "n = {0}", errors: "{0} 个失败", missingShort: "{0} 个缺失",
    details: "全部数字", subsets: "{0} 个子集", metric: "指标", score: "得分", macro: "子集平均", se: "± 标准误", ci: "95 % 区间", count: "n", fails: "错误", part: "部分", all: "全部样本",
    usage: "{0} 次调用，{1} 次失败", tokens: " · 输入 {0} 词元，输出 {1}", latency: " · p50 {0}，p95 {1}", ttft: " · 首词元 {0}",
    serving: "词元、费用与时间", servingNote: "为客户端在本次并发下所见；各次运行之间的停顿不计。单条回复的速度：流式时从首词元之后算起。", modelName: "模型", unknown: "未知", tokensIn: "输入词元", tokensOut: "输出词元", ofCached: "其中缓存", ofReasoning: "其中推理", perSample: "每样本输入 / 输出", cost: "费用", perRight: "每个正确答案的费用", times50: "延迟 p50", times95: "p95", first50: "首词元 p50", first95: "p95", gap50: "片段间隔 p50", gap95: "p95", streamSpeed: "单条回复词元/秒", samplesSpeed: "样本/秒", tokensSpeed: "词元/秒", unknownCost: "费用未知、未计入：{0} 次失败的调用，{1} 次没有词元计数的调用", freeCalls: "{0} 次调用由响应缓存作答，不产生费用",
    benchmark: "基准", subset: "子集", verdict: "判定", search: "搜索", any: "全部",
    right: "正确", wrong: "错误", failed: "失败", none: "无答案", partly: "部分正确",
    shown: "{1} 个样本中的 {0} 个", embedded: " · 本页包含已结束的 {1} 个样本中的 {0} 个，失败与错误的优先；其余在旁边的 predictions/ 与 reviews/ 中",
    keys: "下一个、上一个、搜索", empty: "没有匹配的样本。", choose: "请选择一个样本。", noSamples: "还没有样本结束。",
    more: "显示更多", previous: "上一个", next: "下一个", repeat: "第 {0} 次重复",
    system: "系统", user: "用户", assistant: "助手", prompt: "提示", reply: "回复", replyOf: "回复 {0}", reasoning: "推理过程", continuations: "续写", loglikelihood: "对数似然", tokensOf: "词元", greedy: "贪心", yes: "是", no: "否",
    answer: "提取的答案", target: "目标", noAnswer: "未找到", explanation: "说明", error: "错误", values: "指标", call: "调用 {0}", finish: "结束原因：{0}", tokenCount: "输入 {0} 词元，输出 {1}", emptyText: "（空）", status: "HTTP 状态 {0}", attempts: "尝试 {0} 次",
  },
};
const SIGNS = { right: "✓", wrong: "✗", failed: "!", none: "–", partly: "◐" };
const PAGE = 200;
// More subsets than this are folded away.
const FEW = 12;
// Missing subsets named, and characters of a value shown, at most.
const NAMED = 3;
const LONG = 80;
const SVG = "http://www.w3.org/2000/svg";

const data = JSON.parse(document.getElementById("data").textContent);
const summary = data.summary;
const state = { language: startLanguage(), benchmark: "", subset: "", verdict: "", search: "", selected: null, limit: PAGE, matches: [] };

function startLanguage() {
  try {
    const kept = localStorage.getItem("evalscope-language");
    if (kept === "en" || kept === "zh") return kept;
  } catch { /* a page from a file may have no storage */ }
  return (navigator.language || "").startsWith("zh") ? "zh" : "en";
}

function t(key, ...values) {
  return WORDS[state.language][key].replace(/\{(\d)\}/g, (_, place) => values[place]);
}

// An element with attributes and children; children are elements or text.
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const count = (value) => value.toLocaleString("en-US");
const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(Math.abs(value) < 10 ? 4 : 2));
const time = (ms) => (ms < 10000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const missing = (counts) => Math.max(0, counts.planned - counts.scored - counts.failed);
const date = (text) => text.replace(/^([\d-]+)T(\d\d:\d\d).*Z$/, "$1 $2 UTC");
const range = (interval) => (interval ? `${number(interval[0])} – ${number(interval[1])}` : "–");

// Whose samples failed, where there are several models.
function failedModels() {
  if (summary.models.length < 2) return "";
  const failed = (model) => summary.benchmarks.filter((benchmark) => benchmark.model === model.id).reduce((sum, benchmark) => sum + benchmark.counts.failed, 0);
  const ill = summary.models.filter((model) => failed(model) > 0);
  const more = ill.length > 3 ? t("moreNames", ill.length - 3) : "";
  return `: ${ill.slice(0, 3).map((model) => t("ofModel", count(failed(model)), model.id)).join(", ")}${more}`;
}

function showHead() {
  const counts = summary.counts;
  const head = [];
  if (counts.failed > 0) head.push(el("p", { class: "warning" }, t("failedOf", count(counts.failed), count(counts.planned)) + failedModels()));
  const unscored = summary.benchmarks.reduce((sum, benchmark) => sum + benchmark.health.unscored, 0);
  if (unscored > 0 && summary.status !== "running") head.push(el("p", { class: "warning mild" }, t("unscored", count(unscored))));
  if (missing(counts) > 0) {
    const why = { running: "running", interrupted: "interrupted", failed: "failedRun" }[summary.status] || "incomplete";
    head.push(el("p", { class: "warning mild" }, t("missing", count(counts.scored + counts.failed), count(counts.planned), t(why))));
  }
  for (const notice of summary.notices || []) head.push(el("p", { class: "warning mild" }, notice));
  const facts = t("facts", count(counts.scored), count(counts.planned), summary.program, date(summary.started_at))
    + (summary.ended_at ? t("ended", date(summary.ended_at)) : "") + (summary.repeats > 1 ? t("repeats", summary.repeats) : "");
  head.push(el("p", { class: "facts" }, facts));
  document.getElementById("head").replaceChildren(...head);
}

// The span of values that bars stand for.
function scale(metric, parts) {
  const values = parts.flatMap((part) => [part.score, ...(part.interval_95 || [])]).filter((value) => typeof value === "number");
  const low = metric.range[0] ?? Math.min(0, ...values);
  const high = metric.range[1] ?? Math.max(low + 1e-9, ...values);
  return (value) => (100 * Math.min(Math.max(value - low, 0), high - low)) / (high - low || 1);
}

function bar(metric, at, name) {
  const label = `${name}: ${number(metric.score)}` + (metric.interval_95 ? `, ${t("interval", number(metric.interval_95[0]), number(metric.interval_95[1]))}` : "");
  const drawing = svg("svg", { class: "bar", viewBox: "0 0 100 14", preserveAspectRatio: "none", role: "img", "aria-label": label });
  drawing.append(svg("rect", { class: "track", x: 0, y: 3, width: 100, height: 8 }));
  if (typeof metric.score === "number") drawing.append(svg("rect", { class: "fill", x: 0, y: 3, width: at(metric.score), height: 8 }));
  if (metric.interval_95) {
    const [low, high] = metric.interval_95.map(at);
    drawing.append(svg("path", { class: "whisker", d: `M${low} 7H${high}M${low} 3V11M${high} 3V11` }));
  }
  return drawing;
}

function barRow(part, at, inner) {
  const metric = part.metrics[0];
  if (!metric) return null;
  return el("div", {},
    el("span", { class: inner ? "name inner" : "name", title: part.name, dir: "auto" }, part.name),
    bar(metric, at, part.name),
    el("span", { class: "value" }, number(metric.score)),
    el("span", { class: "value soft" }, t("n", count(metric.n))),
    el("span", { class: "value failed" }, part.counts.failed > 0 ? t("errors", count(part.counts.failed)) : ""));
}

function bars(benchmark) {
  const main = benchmark.metrics[0];
  const groups = benchmark.categories || [];
  const subsets = benchmark.subsets.length > 1 ? benchmark.subsets : [];
  if (!main || groups.length + subsets.length === 0) return [];
  const at = scale(main, [...groups, ...subsets].flatMap((part) => part.metrics.slice(0, 1)));
  const row = (part, inner) => barRow(part, at, inner);
  const chart = (rows) => el("div", { class: "bars" }, ...rows.filter(Boolean));
  const of = (group) => subsets.filter((subset) => subset.category === group.name);
  const alone = subsets.filter((subset) => !subset.category).map((subset) => row(subset, false));
  if (subsets.length <= FEW) return [chart([...groups.flatMap((group) => [row(group, false), ...of(group).map((subset) => row(subset, true))]), ...alone])];
  const all = [...groups.flatMap((group) => of(group).map((subset) => row(subset, false))), ...alone];
  const folded = el("details", {}, el("summary", {}, t("subsets", count(subsets.length))), chart(all));
  return groups.length > 0 ? [chart(groups.map((group) => row(group, false))), folded] : [folded];
}

function numbers(benchmark) {
  const header = ["part", "metric", "count", "score", "macro", "se", "ci", "fails"];
  const row = (name, metric, counts) => el("tr", {},
    ...[name, metric.name, count(metric.n), number(metric.score), number(metric.macro_score), number(metric.standard_error), range(metric.interval_95), count(counts.failed)]
      .map((cell) => el("td", { dir: "auto" }, cell)));
  const parts = [{ name: t("all"), metrics: benchmark.metrics, counts: benchmark.counts }, ...(benchmark.categories || []), ...benchmark.subsets];
  return el("details", {},
    el("summary", {}, t("details")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("details") }, el("table", {},
      el("thead", {}, el("tr", {}, ...header.map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", {}, ...parts.flatMap((part) => part.metrics.map((metric) => row(part.name, metric, part.counts)))))));
}

function usage(benchmark) {
  const used = benchmark.usage;
  let text = t("usage", count(used.calls), count(used.failed_calls));
  if (used.tokens) text += t("tokens", count(used.tokens.input), count(used.tokens.output));
  if (used.latency) text += t("latency", time(used.latency.p50_ms), time(used.latency.p95_ms));
  if (used.latency && used.latency.ttft_p50_ms !== undefined) text += t("ttft", time(used.latency.ttft_p50_ms));
  return el("p", { class: "note" }, text);
}

// An amount (an exact decimal as text) in few digits.
function money(cost, amount) {
  const value = Number(amount);
  const text = value >= 0.1 || value === 0 ? value.toFixed(2) : value >= 0.001 ? value.toFixed(4) : value.toPrecision(2);
  return { USD: `$${text}`, EUR: `€${text}` }[cost.currency] || `${text} ${cost.currency}`;
}

// What was spent, at least so much when the tokens of some replies were not counted.
function spent({ cost, uncounted_calls: uncounted = 0 }) {
  if (cost.spent === undefined) return t("unknown");
  return (uncounted > 0 ? "≥ " : "") + money(cost, cost.spent);
}

const speed = (value) => (value < 100 ? value.toFixed(1) : count(Math.round(value)));
const fine = (ms) => (ms < 10 ? `${ms.toFixed(2)} ms` : time(ms));

// Columns of the table of tokens, cost and times: word, field of the usage, how it is shown.
const SERVING = [
  ["score", (row) => row.score, number],
  ["tokensIn", ({ tokens }) => tokens?.input, count], ["ofCached", ({ tokens }) => tokens?.cached, count],
  ["tokensOut", ({ tokens }) => tokens?.output, count], ["ofReasoning", ({ tokens }) => tokens?.reasoning, count],
  ["perSample", ({ tokens }) => tokens, (tokens) => `${tokens.input_per_sample.toFixed(1)} / ${tokens.output_per_sample.toFixed(1)}`],
  ["cost", (row) => (row.cost ? row : null), spent],
  ["perRight", ({ cost }) => (cost?.per_correct ? cost : null), (cost) => money(cost, cost.per_correct)],
  ["times50", ({ latency }) => latency?.p50_ms, fine], ["times95", ({ latency }) => latency?.p95_ms, fine],
  ["first50", ({ latency }) => latency?.ttft_p50_ms, fine], ["first95", ({ latency }) => latency?.ttft_p95_ms, fine],
  ["gap50", ({ latency }) => latency?.itl_p50_ms, fine], ["gap95", ({ latency }) => latency?.itl_p95_ms, fine],
  ["streamSpeed", ({ latency }) => latency?.stream_tokens_per_s, speed],
  ["samplesSpeed", ({ throughput }) => throughput?.samples_per_s, speed],
  ["tokensSpeed", ({ throughput }) => throughput?.output_tokens_per_s, speed],
];

// Tokens, cost and times beside the scores; nothing when no call says what it took.
function serving() {
  const measured = ({ calls, tokens, latency, cost }) => tokens || latency || (calls > 0 && cost?.spent !== undefined);
  const rows = summary.totals.flatMap(({ model, usage }) => {
    const of = summary.benchmarks.filter((benchmark) => benchmark.model === model);
    const parts = of.filter((benchmark) => measured(benchmark.usage))
      .map((benchmark) => ({ ...benchmark.usage, name: `· ${nameOf(benchmark, false)}`, score: benchmark.score }));
    if (parts.length === 0) return [];
    // The scores of different benchmarks have no mean.
    const whole = { ...usage, name: model, score: of.length === 1 ? of[0].score : null };
    return of.length === 1 ? [whole] : [whole, ...parts];
  });
  const there = (value) => value !== null && value !== undefined;
  const shown = SERVING.filter(([, field]) => rows.some((row) => there(field(row))));
  if (shown.length < 2) return [];
  const cell = (row) => ([, field, show]) => el("td", {}, there(field(row)) ? show(field(row)) : "");
  return [el("h3", {}, t("serving")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("serving") }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("modelName")), ...shown.map(([key]) => el("th", { scope: "col" }, t(key))))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, el("td", { dir: "auto" }, row.name), ...shown.map(cell(row))))))),
    el("p", { class: "note" }, t("servingNote"))];
}

// What should be known beside the scores: missing subsets, replies that were odd.
function notes(benchmark) {
  const lost = benchmark.missing_subsets || [];
  const lines = [choiceLine(benchmark.choice)].filter((line) => line !== null);
  if (lost.length > 0) {
    const more = lost.length > NAMED ? t("moreNames", count(lost.length - NAMED)) : "";
    lines.push(t("withoutData", count(lost.length), lost.slice(0, NAMED).join(", ") + more));
  }
  const odd = [["withoutAnswer", benchmark.health.without_answer], ["cutReplies", benchmark.health.cut_replies]].filter(([, many]) => many > 0);
  const { cost, failed_calls: failed, uncounted_calls: uncounted = 0, cached_calls: cached = 0 } = benchmark.usage;
  if (cost && failed + uncounted > 0) lines.push(t("unknownCost", count(failed), count(uncounted)));
  if (cost && cached > 0) lines.push(t("freeCalls", count(cached)));
  if (odd.length > 0) lines.push(odd.map(([key, many]) => t(key, count(many))).join(" · "));
  const clusters = benchmark.metrics[0]?.clusters;
  if (clusters) lines.push(t("clusters", count(clusters)));
  const audit = auditLine(benchmark.audit);
  if (audit) lines.push(audit);
  lines.push(...(benchmark.judge_meters || []).map(judgeLine));
  const widened = benchmark.metrics[0]?.judge_half_width_95;
  if (widened) lines.push(t("judgeWidened", number(widened)));
  return lines.map((line) => el("p", { class: "note", dir: "auto" }, line));
}

// A share of this much for an answer without content is no accident.
const NULL_MODEL_ALARM = 0.1;

function judgeLine(meter) {
  const percent = (share) => `${(100 * share).toFixed(0)} %`;
  const around = (key, found) => t(key, number(found.value), ...found.interval_95.map(number));
  const parts = [t("judgeMeter", meter.judge, count(meter.verdicts), count(meter.unread))];
  const has = (value) => value !== null && value !== undefined;
  if (has(meter.swap_consistency)) parts.push(t("judgeSwap", percent(meter.swap_consistency), count(meter.swapped_pairs)));
  if (has(meter.first_slot_excess)) parts.push(t("judgeFirst", percent(meter.first_slot_excess), percent(meter.first_slot_half_width_95)));
  if (has(meter.longer_wins)) parts.push(t("judgeLonger", percent(meter.longer_wins)));
  if (has(meter.length_slope)) parts.push(around("judgeSlope", meter.length_slope));
  if (has(meter.length_effect)) parts.push(around("judgeLength", meter.length_effect));
  if (has(meter.own_wins)) parts.push(t("judgeOwn", percent(meter.own_wins)));
  if (has(meter.own_excess)) parts.push(around("judgeAbove", meter.own_excess));
  if (has(meter.null_model)) parts.push(t("judgeNull", number(meter.null_model.value)) + (meter.null_model.value > NULL_MODEL_ALARM ? t("judgeAlarm") : ""));
  const missing = Object.keys(meter.not_measured || {});
  if (missing.length > 0) parts.push(t("judgeNot", missing.join(", ")));
  return parts.join(" · ");
}

// A mode of multiple choice is a word, or a word with how.
const modeName = (mode) => (typeof mode === "string" ? mode : Object.keys(mode)[0]).replaceAll("_", "-");

function choiceLine(choice) {
  if (!choice) return null;
  const [mode, own] = [choice.mode, choice.own].map(modeName);
  return mode === own ? t("choice", mode) : t("choiceDeparted", mode, own);
}

// What a second look at the replies shows; nothing when nothing is odd.
function auditLine(audit) {
  if (!audit) return null;
  const odd = [["auditEmpty", audit.empty], ["auditTruncated", audit.truncated], ["auditRefused", audit.refused], ["auditThinking", audit.unfinished_thinking]]
    .filter(([, many]) => many > 0).map(([key, many]) => t(key, count(many)));
  if (odd.length === 0 && audit.differing === 0) return null;
  const read = audit.read > 0 ? [t("auditRead", number(audit.strict), number(audit.lenient), count(audit.differing))] : [];
  return [t("audit", count(audit.replies)), ...read, ...odd].join(" · ");
}

const shorten = (text) => (text.length > LONG ? `${text.slice(0, LONG)}…` : text);
const pairs = (fields) => Object.entries(fields).map(([name, value]) => `${name} ${shorten(typeof value === "string" ? value : JSON.stringify(value))}`).join(" · ");

function limitText(limit) {
  if (!limit) return t("noLimit");
  return limit.count !== undefined ? t("atMost", count(limit.count)) : t("share", limit.fraction);
}

// What decided the calls, folded away.
function provenance() {
  const rows = [[t("seed"), String(summary.seed)], [t("limit"), limitText(summary.limit)], [t("asked"), t("times", summary.repeats)]];
  for (const model of summary.models) {
    rows.push([t("model", model.id), pairs(model.identity) || "–"], [t("sampling", model.id), pairs(model.sampling) || t("unset")]);
    const again = (summary.nondeterminism || {})[model.id];
    if (again) rows.push([t("sameAgain", model.id), t("differing", count(again.differing), count(again.repeats))]);
  }
  const sources = new Map(summary.benchmarks.filter((benchmark) => benchmark.source).map((benchmark) => [benchmark.benchmark, benchmark.source]));
  for (const [name, source] of sources) rows.push([t("source", name), pairs(source)]);
  const line = ([name, value]) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, name), el("td", { dir: "auto", class: "wrap" }, value));
  return el("details", { class: "note" }, el("summary", {}, t("provenance")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("provenance") }, el("table", {}, el("tbody", {}, ...rows.map(line)))));
}

function card(benchmark) {
  const main = benchmark.metrics[0];
  const facts = [];
  if (main) {
    facts.push(el("span", { dir: "auto" }, main.name));
    if (main.interval_95) facts.push(el("span", {}, t("interval", number(main.interval_95[0]), number(main.interval_95[1]))));
    facts.push(el("span", {}, t("n", count(main.n))));
  }
  if (benchmark.counts.failed > 0) facts.push(el("span", { class: "failed" }, t("errors", count(benchmark.counts.failed))));
  if (missing(benchmark.counts) > 0) facts.push(el("span", {}, t("missingShort", count(missing(benchmark.counts)))));
  const score = benchmark.score === null ? t("noScore") : number(benchmark.score);
  const overall = main && typeof main.score === "number"
    ? [el("div", { class: "overall" }, bar(main, scale(main, [main]), benchmark.title))] : [];
  return el("article", { class: "card" },
    el("h3", { dir: "auto" }, benchmark.title),
    el("p", { class: "of", dir: "auto" }, `${benchmark.benchmark} · ${t("protocol", benchmark.protocol || "–")} · ${benchmark.model}`),
    el("div", { class: "main" }, el("strong", {}, score), ...facts),
    ...overall, ...bars(benchmark), ...notes(benchmark), usage(benchmark), numbers(benchmark));
}

// A mix of benchmarks: its three means, its benchmarks, its kinds of task and tags.
function mixCard(mix) {
  const cells = (metric) => el("td", {}, `${number(metric.score)}${metric.standard_error === null ? "" : ` ± ${number(metric.standard_error)}`}`);
  const averages = (name, part) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, name), el("td", {}, count(part.micro.n)), cells(part.micro), cells(part.macro), cells(part.weighted));
  const member = (part) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, t("weight", part.benchmark, part.weight.toFixed(3))), el("td", {}, count(part.metric.n)), cells(part.metric), el("td", {}), el("td", {}));
  const rows = [averages(mix.whole.name, mix.whole), ...mix.members.map(member),
    ...(mix.task_types || []).map((part) => averages(t("taskType", part.name), part)), ...(mix.tags || []).map((part) => averages(t("tag", part.name), part))];
  const heads = ["", t("count"), t("microMean"), t("macroMean"), t("weightedMean")];
  return el("article", { class: "card" }, el("h3", { dir: "auto" }, t("mix", mix.whole.name)), el("p", { class: "of", dir: "auto" }, mix.model),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("mix", mix.whole.name) },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows))));
}

const models = [...new Set(summary.benchmarks.map((benchmark) => benchmark.model))];

function cards() {
  const mixes = summary.collections || [];
  if (models.length < 2) return [...summary.benchmarks.map(card), ...mixes.map(mixCard)];
  return models.flatMap((model) => [
    el("h3", { class: "model", dir: "auto" }, model), ...summary.benchmarks.filter((benchmark) => benchmark.model === model).map(card),
    ...mixes.filter((mix) => mix.model === model).map(mixCard)]);
}

function nameOf(benchmark, withModel = models.length > 1) {
  const name = benchmark.protocol ? `${benchmark.benchmark}@${benchmark.protocol}` : benchmark.benchmark;
  return withModel ? `${name} · ${benchmark.model}` : name;
}

function choice(key, options) {
  const select = el("select", { id: `filter-${key}`, on: { change: () => filter(key, select.value) } },
    el("option", { value: "" }, t("any")),
    ...options.map(([value, text]) => el("option", { value }, text)));
  select.value = state[key];
  return el("label", { for: `filter-${key}` }, t(key), select);
}

function showFilters() {
  const present = [...new Set(data.samples.map((sample) => sample.benchmark))].sort((a, b) => a - b);
  const chosen = data.samples.filter((sample) => state.benchmark === "" || String(sample.benchmark) === state.benchmark);
  const subsets = [...new Set(chosen.map((sample) => sample.subset))];
  if (!subsets.includes(state.subset)) state.subset = "";
  const search = el("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", on: { input: () => filter("search", search.value) } });
  search.value = state.search;
  document.getElementById("filters").replaceChildren(
    choice("benchmark", present.map((place) => [String(place), nameOf(summary.benchmarks[place])])),
    choice("subset", subsets.map((subset) => [subset, subset])),
    choice("verdict", ["failed", "wrong", "none", "partly", "right"].map((verdict) => [verdict, t(verdict)])),
    el("label", { class: "grow", for: "search" }, t("search"), search),
    el("span", { class: "note keys" }, el("kbd", {}, "j"), " ", el("kbd", {}, "k"), " ", el("kbd", {}, "/"), " ", t("keys")));
}

function filter(key, value) {
  state[key] = value;
  state.limit = PAGE;
  if (key === "benchmark") {
    showFilters();
    document.getElementById("filter-benchmark").focus();
  }
  showList();
}

// What a sample is searched by, made once.
function haystack(sample) {
  if (sample.words === undefined) {
    const texts = [sample.id, sample.answer, ...sample.targets, sample.explanation];
    for (const call of sample.calls) {
      texts.push(call.prompt, ...(call.messages || []).map((message) => message.content), ...(call.replies || []).map((reply) => reply.text), call.error && call.error.message);
    }
    Object.defineProperty(sample, "words", { value: texts.filter(Boolean).join("\n").toLowerCase() });
  }
  return sample.words;
}

function matching() {
  const wanted = state.search.trim().toLowerCase();
  return data.samples.filter((sample) =>
    (state.benchmark === "" || String(sample.benchmark) === state.benchmark)
    && (state.subset === "" || sample.subset === state.subset)
    && (state.verdict === "" || sample.verdict === state.verdict)
    && (wanted === "" || haystack(sample).includes(wanted)));
}

function question(sample) {
  const call = sample.calls[0];
  if (!call) return "";
  const users = (call.messages || []).filter((message) => message.role === "user");
  return (call.messages ? (users.pop() || {}).content : call.prompt) || "";
}

// The line by which a sample is told from its neighbour: prompts of a subset begin alike.
function firstLine(sample) {
  const asked = question(sample);
  const place = data.samples.indexOf(sample);
  const other = [data.samples[place + 1], data.samples[place - 1]]
    .find((near) => near && near.benchmark === sample.benchmark && near.subset === sample.subset && near.index !== sample.index);
  const beside = other ? question(other) : "";
  let same = 0;
  while (same < asked.length && asked[same] === beside[same]) same += 1;
  const start = other && same < asked.length ? asked.lastIndexOf("\n", same - 1) + 1 : 0;
  return asked.slice(start, start + 300).trim().replace(/\s+/g, " ").slice(0, 160) || sample.id;
}

function listItem(sample) {
  const repeat = summary.repeats > 1 ? ` · ${t("repeat", sample.repeat + 1)}` : "";
  const current = sample === state.selected ? "true" : null;
  return el("li", {}, el("button", { type: "button", "aria-current": current, on: { click: () => open(sample) } },
    el("span", { class: `sign ${sample.verdict}`, role: "img", "aria-label": t(sample.verdict) }, SIGNS[sample.verdict]),
    el("span", { class: "line", dir: "auto" }, firstLine(sample)),
    el("span", { class: "where", dir: "auto" }, `${sample.subset} · ${sample.id}${repeat}`)));
}

function showList() {
  state.matches = matching();
  const items = state.matches.slice(0, state.limit).map(listItem);
  if (state.matches.length > state.limit) {
    const more = () => { state.limit += PAGE; showList(); };
    items.push(el("li", {}, el("button", { type: "button", class: "more", on: { click: more } }, t("more"))));
  }
  if (items.length === 0) items.push(el("li", { class: "note" }, t(data.samples.length === 0 ? "noSamples" : "empty")));
  document.getElementById("list").replaceChildren(...items);
  let text = t("shown", count(state.matches.length), count(data.samples.length));
  if (data.left_out > 0) text += t("embedded", count(data.samples.length), count(data.samples.length + data.left_out));
  document.getElementById("shown").textContent = text;
}

function select(sample, scroll) {
  const before = state.matches.indexOf(state.selected);
  const place = state.matches.indexOf(sample);
  state.selected = sample;
  if (place >= state.limit) { state.limit = place + PAGE; showList(); }
  const buttons = document.querySelectorAll("#list button");
  if (buttons[before]) buttons[before].removeAttribute("aria-current");
  if (buttons[place]) {
    buttons[place].setAttribute("aria-current", "true");
    if (scroll) buttons[place].scrollIntoView({ block: "nearest" });
  }
  showDetail();
  try { history.replaceState(null, "", `#${address(sample)}`); } catch { /* not from a file in every browser */ }
}

// On a narrow page the sample stands below the list.
function open(sample) {
  select(sample, false);
  if (matchMedia("(max-width: 760px)").matches) document.getElementById("detail").scrollIntoView();
}

const address = (sample) => `sample=${sample.benchmark}/${encodeURIComponent(sample.subset)}/${sample.index}/${sample.repeat}`;

function step(by) {
  const place = state.matches.indexOf(state.selected);
  const next = state.matches[place < 0 ? 0 : place + by];
  if (next) select(next, true);
}

function text(content, kind, span) {
  const box = el("div", { class: `text ${kind || ""}`, dir: "auto" });
  if (span && span[0] < span[1] && span[1] <= content.length) {
    box.append(content.slice(0, span[0]), el("mark", {}, content.slice(span[0], span[1])), content.slice(span[1]));
  } else {
    box.append(content === "" ? t("emptyText") : content);
  }
  return box;
}

function asked(call) {
  if (call.messages) return call.messages.flatMap((message) => [el("h4", {}, t(message.role)), text(message.content, "asked")]);
  return [el("h4", {}, t("prompt")), text(call.prompt || "", "asked")];
}

function continuations(call) {
  const rows = call.continuations.map((one) => el("tr", {},
    el("td", { dir: "auto" }, one.text), el("td", {}, one.sum === null ? "−∞" : number(one.sum)), el("td", {}, one.tokens === undefined ? "–" : count(one.tokens)),
    el("td", {}, one.greedy === undefined ? "–" : t(one.greedy ? "yes" : "no"))));
  return [el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...["continuations", "loglikelihood", "tokensOf", "greedy"].map((key) => el("th", { scope: "col" }, t(key))))),
    el("tbody", {}, ...rows)))];
}

function failure(error) {
  const facts = [error.kind, error.status && t("status", error.status), error.attempts && t("attempts", error.attempts)].filter(Boolean);
  return [el("h4", {}, `${t("error")} · ${facts.join(" · ")}`), text(error.message, "problem")];
}

function replies(call, span) {
  const several = call.replies.length > 1;
  return call.replies.flatMap((reply, place) => {
    const parts = [];
    if (reply.reasoning) parts.push(el("h4", {}, t("reasoning")), text(reply.reasoning));
    parts.push(el("h4", {}, several ? t("replyOf", place + 1) : t("reply")), text(reply.text, "reply", place === 0 ? span : null));
    return parts;
  });
}

function callNote(call) {
  const facts = [];
  if (call.latency_ms !== undefined) facts.push(time(call.latency_ms));
  if (call.ttft_ms !== undefined) facts.push(t("ttft", time(call.ttft_ms)).replace(/^ · /, ""));
  if (call.tokens) facts.push(t("tokenCount", count(call.tokens[0]), count(call.tokens[1])));
  if (call.replies && call.replies[0]) facts.push(t("finish", call.replies[0].finish));
  return facts.length > 0 ? [el("p", { class: "note" }, facts.join(" · "))] : [];
}

function callParts(sample, call, place) {
  const span = place === sample.calls.length - 1 ? sample.span : null;
  const head = sample.calls.length > 1 ? [el("h4", {}, t("call", place + 1))] : [];
  const said = sample.error && call.error && sample.error.message === call.error.message;
  const came = said ? [] : call.error ? failure(call.error) : call.continuations ? continuations(call) : replies(call, span);
  return [...head, ...asked(call), ...came, ...callNote(call)];
}

function verdictParts(sample) {
  const answer = sample.answer === undefined ? el("p", { class: "note" }, t("noAnswer")) : text(sample.answer);
  const targets = sample.targets.length > 0 ? sample.targets.map((target) => text(target)) : [el("p", { class: "note" }, "–")];
  const parts = [];
  if (sample.verdict !== "failed") {
    parts.push(el("div", { class: "pair" },
      el("div", {}, el("h4", {}, t("answer")), answer), el("div", {}, el("h4", {}, t("target")), ...targets)));
    const values = Object.entries(sample.values).map(([name, value]) => `${name} ${number(value)}`);
    parts.push(el("p", { class: "note", dir: "auto" }, `${t("values")}: ${values.join(" · ") || "–"}`));
  } else {
    parts.push(...failure(sample.error), el("h4", {}, t("target")), ...targets);
  }
  if (sample.explanation) parts.push(el("h4", {}, t("explanation")), text(sample.explanation));
  return parts;
}

function showDetail() {
  const detail = document.getElementById("detail");
  const sample = state.selected;
  if (!sample) {
    detail.replaceChildren(el("p", { class: "note" }, t(data.samples.length === 0 ? "noSamples" : "choose")));
    return;
  }
  const button = (key, by) => el("button", { type: "button", class: "plain", on: { click: () => step(by) } }, t(key));
  const repeat = summary.repeats > 1 ? ` · ${t("repeat", sample.repeat + 1)}` : "";
  detail.replaceChildren(
    el("div", { class: "line" },
      el("h3", { dir: "auto" }, el("span", { class: `sign ${sample.verdict}` }, `${SIGNS[sample.verdict]} ${t(sample.verdict)}`), ` · ${sample.id}`),
      el("div", { class: "steps" }, button("previous", -1), button("next", 1))),
    el("p", { class: "facts", dir: "auto" }, `${nameOf(summary.benchmarks[sample.benchmark])} · ${sample.subset}${sample.category ? ` (${sample.category})` : ""}${repeat}`),
    ...verdictParts(sample),
    ...sample.calls.flatMap((call, place) => callParts(sample, call, place)));
  for (const mark of detail.querySelectorAll("mark")) mark.parentElement.scrollTop = mark.offsetTop - 80;
  // A long prompt ends with the question.
  const prompts = detail.querySelectorAll(".text.asked");
  if (prompts.length > 0) prompts[prompts.length - 1].scrollTop = 1e9;
}

function show() {
  document.documentElement.lang = state.language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  const button = document.getElementById("language");
  button.textContent = t("other");
  button.lang = state.language === "en" ? "zh" : "en";
  showHead();
  document.getElementById("cards").replaceChildren(...cards());
  document.getElementById("serving").replaceChildren(...serving());
  document.getElementById("provenance").replaceChildren(provenance());
  showFilters();
  showList();
  showDetail();
}

document.getElementById("language").addEventListener("click", () => {
  state.language = state.language === "en" ? "zh" : "en";
  try { localStorage.setItem("evalscope-language", state.language); } catch { /* only for next time */ }
  show();
});
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") {
    event.preventDefault();
    document.getElementById("search").focus();
  }
});

const linked = data.samples.find((sample) => `#${address(sample)}` === location.hash);
state.selected = linked || data.samples[0] || null;
show();
if (linked) {
  select(linked, true);
  document.getElementById("explorer").scrollIntoView();
}
