//! The last number of a reply, as EvalScope 0.5.2 finds it for GSM8K.

use crate::answer::{Answer, Reply};
use crate::python::trim;
use fancy_regex::Regex;
use std::sync::LazyLock;

/// Returns the last number of the reply, without signs of thousands, plus and outer dots: `1234` of `1,234`, `5` of `.5`.
///
/// Nothing without a digit. A minus counts, a percent sign does not; of `1/2` it is 2. Source: GSM8K in EvalScope 0.5.2.
pub(super) fn last_number_0_5(reply: &Reply) -> Option<Answer> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([+-])?(?=([0-9]|\.[0-9]))(0|([1-9](\d{0,2}(,\d{3})*)|\d*))?(\.\d*)?(?=\D|$)")
            .expect("the regex is a literal")
    });
    let found = NUMBER.find_iter(reply.text).filter_map(Result::ok).last()?;
    let text = found.as_str().replace([',', '+'], "");
    let text = trim(&text).trim_matches('.').to_owned();
    let start = found.as_str().find(&text).filter(|_| !text.is_empty()).map(|at| found.start() + at);
    Some(Answer { span: start.map(|start| (start, start + text.len())), text })
}
