//! Layouts of chats by the names of `--template-type`, as data: what stands before and after the words of each who speaks.
//!
//! They are those of EvalScope 0.5.2. A layout's first sentence of instructions, where it had one of its maker's own (`llama`,
//! `openbuddy`, `internlm`, `internlm2`, `internlm-xcomposer2`, `yi-vl`, `dbrx`, `deepseek-coder`, `deepseek-vl`, `wizardlm2`,
//! `c4ai`), is left out, being other people's words: a system message is laid out as there, and without one there is none.
//! Names of models that see or hear have the layout of a turn without image and sound.

/// Stands for the token that begins a text.
const BOS: char = '\u{1}';
/// Stands for the token that ends a text.
const EOS: char = '\u{2}';
/// Stands for the number of the question.
const ROUND: char = '\u{3}';

/// How a chat is laid out.
pub(crate) struct Layout {
    pub name: &'static str,
    /// What stands before all.
    begin: &'static str,
    /// Before and after instructions.
    system: (&'static str, &'static str),
    /// Before and after what the user says; the latter ends where the model is to speak.
    user: (&'static str, &'static str),
    /// After what the model has said.
    answered: &'static str,
    /// Texts that end what the model says, beside the token that ends a text.
    pub stops: &'static [&'static str],
}

type Pair = (&'static str, &'static str);

const fn layout(
    name: &'static str,
    begin: &'static str,
    system: Pair,
    user: Pair,
    answered: &'static str,
    stops: &'static [&'static str],
) -> Layout {
    Layout { name, begin, system, user, answered, stops }
}

/// No marks.
const BARE: Pair = ("", "");
/// The two turns of ChatML.
const IM_SYSTEM: Pair = ("<|im_start|>system\n", "<|im_end|>\n");
const IM_USER: Pair = ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n");
/// Instructions in Llama 2's first turn.
const LLAMA_SYSTEM: Pair = ("<<SYS>>\n", "\n<</SYS>>\n\n");
const COMMAND_SYSTEM: Pair = ("<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>", "<|END_OF_TURN_TOKEN|");
const COMMAND_USER: Pair = (
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>",
    "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
);

/// All layouts.
#[rustfmt::skip]
pub(crate) const LAYOUTS: [Layout; 38] = [
    layout("default-generation-bos", "\u{1}", BARE, BARE, "", &[]),
    layout("chatglm-generation", "[gMASK]sop", BARE, BARE, "", &[]),
    layout("qwen-audio-generation", "", BARE, BARE, "", &[]),
    layout("baichuan", "", BARE, ("<reserved_106>", "<reserved_107>"), "", &[]),
    layout("chatglm2", "[gMASK]sop", BARE, ("[Round \u{3}]\n\n问：", "\n\n答："), "\n\n", &[]),
    layout("chatglm3", "[gMASK]sop", ("<|system|>\n ", ""), ("<|user|>\n ", "<|assistant|>\n"), "", &[]),
    layout("llama", "<s>[INST] ", LLAMA_SYSTEM, ("", " [/INST]"), "</s><s>[INST] ", &["</s>"]),
    layout("llava-mistral-instruct", "<s>[INST] ", LLAMA_SYSTEM, ("", " [/INST]"), "</s>[INST] ", &["</s>"]),
    layout("llava-yi-instruct", "", ("<|im_start|>system\n", "<|im_end|>"),
        ("<|im_start|>user\n", "<|im_end|><|im_start|>assistant\n"), "<|im_end|>", &["<|im_end|>"]),
    layout("openbuddy", "\u{1}", ("", "\n\n"), ("User: ", "\nAssistant:"), "\n", &[]),
    layout("internlm", "<s>", ("<|System|>:", "\n"), ("<|User|>:", "\n<|Bot|>:"), "<eoa>\n", &["<eoa>"]),
    layout("internlm2", "<s>", IM_SYSTEM, IM_USER, "<|im_end|>\n", &["<|im_end|>"]),
    layout("internlm-xcomposer2", "<s>", ("[UNUSED_TOKEN_146]system\n", "[UNUSED_TOKEN_145]\n"),
        ("[UNUSED_TOKEN_146]user\n", "[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]assistant\n"), "[UNUSED_TOKEN_145]\n", &["[UNUSED_TOKEN_145]"]),
    layout("yi-vl", "", ("", "\n\n"), ("### Human: ", "\n### Assistant:"), "\n", &["\n### Human:"]),
    layout("yuan", "", BARE, ("", "<sep>"), "\u{2}", &[]),
    layout("xverse", "", BARE, ("Human: ", "\n\nAssistant: "), "\u{2}", &[]),
    layout("ziya", "\u{1}", BARE, ("<human>:", "\n<bot>:"), "\n", &[]),
    layout("skywork", "<s>", BARE, ("</s><s>[USER]", "[SEP][BOT]"), "[SEP]", &["[SEP]"]),
    layout("bluelm", "\u{1}", BARE, ("[|Human|]:", "[|AI|]:"), "", &[]),
    layout("sus", "", BARE, ("### Human: ", "\n\n### Assistant: "), "<|endoftext|>", &["<|endoftext|>"]),
    layout("deepseek-coder", "", BARE, ("### Instruction:\n", "\n### Response:\n"), "\n<|EOT|>\n", &["\n<|EOT|>", "<|EOT|>"]),
    layout("deepseek-vl", "\u{1}", ("", "\n\n"), ("User: ", "\n\nAssistant:"), "\u{2}", &[]),
    layout("codefuse-codellama", "", ("<|role_start|>system<|role_end|>", ""),
        ("<|role_start|>human<|role_end|>", "<|role_start|>bot<|role_end|>"), "", &[]),
    layout("codefuse", "", ("<s>system\n", "\n"), ("<s>human\n", "\n<s>bot\n"), "\u{2}\n", &[]),
    layout("cogvlm-instruct", "<s>", BARE, ("Question: ", " Answer:"), "</s>", &["</s>"]),
    layout("cogagent-chat", "<s>", BARE, (" [INST] ", " [/INST] "), "", &["</s>"]),
    layout("cogagent-instruct", "<s>", BARE, ("<EOI>Question: ", " Answer:"), "</s>", &["</s>"]),
    layout("orion", "<s>", BARE, ("Human: ", "\n\nAssistant: </s>"), "</s>", &["</s>"]),
    layout("minicpm", "<s>", BARE, ("<用户>", "<AI>"), "", &["</s>"]),
    layout("minicpm-v", "<s>", BARE, ("<用户>", "<AI>"), "", &["</s>"]),
    layout("mplug-owl2", "", BARE, ("USER: ", "ASSISTANT:"), "</s>", &[]),
    layout("wizardlm2-awq", "", BARE, ("User:\n", "\n\nAssistant:\n"), "\n\n", &["</s>"]),
    layout("wizardlm2", "", BARE, ("USER: ", " ASSISTANT:"), "</s>", &["</s>"]),
    layout("atom", "", BARE, ("<s>Human: ", "\n</s><s>Assistant: "), "</s>", &["</s>"]),
    layout("telechat", "", BARE, ("<_user>", "<_bot>"), "<_end>", &["<_end>"]),
    layout("dbrx", "", IM_SYSTEM, IM_USER, "<|im_end|>\n", &["<|im_end|>"]),
    layout("mengzi", "", ("指令：", ""), ("输入：", "输出：\n"), "", &[]),
    layout("c4ai", "<BOS_TOKEN>", COMMAND_SYSTEM, COMMAND_USER, "<|END_OF_TURN_TOKEN|>", &["<|END_OF_TURN_TOKEN|>"]),
];

impl Layout {
    /// The layout as a Jinja template.
    pub fn to_jinja(&self) -> String {
        let Layout { begin, system, user, answered, .. } = self;
        let counts = user.0.contains(ROUND);
        let (start, next) = match counts {
            true => ("{% set counted = namespace(round=0) %}", "{% set counted.round = counted.round + 1 %}"),
            false => ("", ""),
        };
        let said = |(before, after): &Pair| {
            format!("{}{{{{ message.content }}}}{}", expression(before), expression(after))
        };
        format!(
            "{start}{}{{% for message in messages %}}\
             {{% if message.role == 'system' and loop.first %}}{}\
             {{% elif message.role == 'assistant' %}}{}\
             {{% else %}}{next}{}{{% endif %}}{{% endfor %}}",
            expression(begin),
            said(system),
            said(&("", answered)),
            said(user),
        )
    }
}

/// Jinja that writes the text: as a literal, because blocks swallow the line break behind them.
fn expression(text: &str) -> String {
    let mut jinja = String::new();
    let mut literal = String::new();
    for character in text.chars() {
        let variable = match character {
            BOS => "bos_token",
            EOS => "eos_token",
            ROUND => "counted.round",
            '\n' => {
                literal.push_str("\\n");
                continue;
            }
            other => {
                literal.push(other);
                continue;
            }
        };
        push_literal(&mut jinja, &mut literal);
        jinja.push_str(&format!("{{{{ {variable} }}}}"));
    }
    push_literal(&mut jinja, &mut literal);
    jinja
}

fn push_literal(jinja: &mut String, literal: &mut String) {
    if !literal.is_empty() {
        jinja.push_str(&format!("{{{{ '{literal}' }}}}"));
        literal.clear();
    }
}
