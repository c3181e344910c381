//! How far a judge says what people say, in words.

use evalscope::arena::{Agreement, AgreementAlone, Estimate, Meter};

/// What verdicts say of the judge.
pub fn meter_text(judge: &Meter) -> String {
    format!("judge: {}", judge.sentence())
}

/// Of pairs of answers: agreement, who says what where, and what either side prefers.
pub fn pairs_text(found: &Agreement) -> String {
    let table: Vec<String> = ["first", "tie", "second"]
        .iter()
        .zip(found.table)
        .map(|(name, row)| format!("{name:<8}{:>8}{:>8}{:>8}", row[0], row[1], row[2]))
        .collect();
    format!(
        "{} pairs: agreement {:.1} %, kappa {}; {} that both decided: {}\njudge   {:>8}{:>8}{:>8}  (labels)\n{}\n{}\nlabels: longer \
         answer wins {}, the judge's own answers win {}",
        found.pairs,
        found.agreement * 100.0,
        number(found.kappa),
        found.decided,
        percent(found.agreement_decided),
        "first",
        "tie",
        "second",
        table.join("\n"),
        meter_text(&found.judge),
        percent(found.labels.longer_wins),
        percent(found.labels.own_wins)
    )
}

/// Of single answers: agreement, the order, and what the judge gives beyond the labels.
pub fn alone_text(found: &AgreementAlone) -> String {
    let cut = found.right_from.map(|from| format!(" (scores above {from} count as right)"));
    format!(
        "{} answers: agreement {:.1} %, kappa {}, weighted kappa {}{}; rank correlation {}\nabove the labels: {}; length adds {}; its own \
         answers get {} more",
        found.answers,
        found.agreement * 100.0,
        number(found.kappa),
        number(found.weighted_kappa),
        cut.unwrap_or_default(),
        number(found.rank_correlation),
        around(found.above_labels),
        around(found.length_effect),
        around(found.own_effect)
    )
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}

fn around(estimate: Option<Estimate>) -> String {
    estimate.map_or("-".to_owned(), |estimate| {
        let (low, high) = estimate.interval_95;
        format!("{:+.3} [{low:+.3}, {high:+.3}]", estimate.value)
    })
}
