//! What a judge's meter shows, in words.

use crate::estimate::Estimate;
use crate::meter::Meter;

/// A share of this much for an answer without content is no accident.
pub const NULL_MODEL_ALARM: f64 = 0.1;

impl Meter {
    /// Returns all that was measured, and names what was not.
    pub fn sentence(&self) -> String {
        let mut parts = vec![format!("{} verdicts, {} unread", self.verdicts, self.unread)];
        parts.extend(self.swap_consistency.map(|share| {
            format!("the same in both orders on {} of {} pairs", percent(share), self.swapped_pairs)
        }));
        parts.extend(self.first_slot_excess.map(|excess| {
            let half = self.first_slot_half_width_95.unwrap_or_default();
            format!("first place ahead by {} ± {}", percent(excess), percent(half))
        }));
        parts.extend(self.longer_wins.map(|share| format!("longer answer wins {}", percent(share))));
        parts.extend(self.length_slope.as_ref().map(|slope| {
            let (low, high) = slope.interval_95;
            format!("length slope {:+.2} [{low:+.2}, {high:+.2}]", slope.value)
        }));
        parts.extend(self.length_effect.map(|effect| format!("length adds {}", around(effect))));
        parts.extend(self.own_wins.map(|share| format!("its own answers win {}", percent(share))));
        parts.extend(self.own_excess.map(|excess| format!("gives its own answers {} more", around(excess))));
        parts.extend(self.null_model.map(|null| {
            let alarm = if null.value > NULL_MODEL_ALARM { ": this judge cannot be trusted" } else { "" };
            format!("an answer without content gets {:.4}{alarm}", null.value)
        }));
        if !self.not_measured.is_empty() {
            let names: Vec<&str> = self.not_measured.keys().map(String::as_str).collect();
            parts.push(format!("not measured: {}", names.join(", ")));
        }
        parts.join(", ")
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn around(estimate: Estimate) -> String {
    format!("{:+.4} [{:+.4}, {:+.4}]", estimate.value, estimate.interval_95.0, estimate.interval_95.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_named_and_an_alarm_is_said() {
        let null = Estimate { value: 0.5, interval_95: (0.3, 0.7) };
        let meter = Meter { verdicts: 4, swap_consistency: Some(0.5), swapped_pairs: 2, ..Meter::default() };
        let said = meter.with(Some(null), None).sentence();
        assert!(
            said.starts_with("4 verdicts, 0 unread, the same in both orders on 50 % of 2 pairs"),
            "{said}"
        );
        assert!(said.ends_with("gets 0.5000: this judge cannot be trusted"), "{said}");
        let mut meter = Meter::default();
        meter.not_measured.insert("own_wins".into(), "why".into());
        assert!(meter.sentence().ends_with("not measured: own_wins"));
    }
}
