//! Searches the greatest load that keeps its goals. Pure: what a load comes to is asked of a closure.

mod bisect;
mod slo;

pub use bisect::{Bisect, Loads};
pub use slo::{Goal, Slo};

/// What a trial of a load came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// It was run.
    Over {
        /// The load in few words.
        name: String,
        /// See [`Slo::strain`].
        strain: f64,
        /// Why its figures are not the server's.
        invalid: Option<String>,
    },
    /// Somebody stopped it.
    Stopped,
}

/// Tries loads until the greatest one is known that keeps the goals; why it ended before, if it did.
///
/// A load that kept its goals in a trial that is invalid was not really put on, so that the search ends there. One that
/// missed them would have missed them all the more.
pub fn seek<E>(
    bisect: &mut Bisect,
    mut trial: impl FnMut(f64) -> Result<Trial, E>,
) -> Result<Option<String>, E> {
    while let Some(load) = bisect.next() {
        match trial(load)? {
            Trial::Stopped => return Ok(Some("it was stopped".into())),
            Trial::Over { name, strain, invalid: Some(reason) } if strain <= 1.0 => {
                return Ok(Some(format!("at {name}: {reason}")));
            }
            Trial::Over { strain, .. } => bisect.note(strain),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of a search of a server that bears 6 at a time, with a client that is at its limit from `tired` on.
    fn sought(tired: f64) -> (Option<f64>, Option<f64>, Option<String>) {
        let mut bisect = Bisect::new(Loads::Whole, 1.0, 64.0);
        let ended = seek(&mut bisect, |load| {
            let invalid = (load >= tired).then(|| "the client is at its limit".to_owned());
            let strain = if load <= 6.0 { 0.5 } else { 2.0 };
            Ok::<_, ()>(Trial::Over { name: format!("{load} in parallel"), strain, invalid })
        });
        (bisect.kept, bisect.missed, ended.unwrap())
    }

    #[test]
    fn a_trial_that_is_invalid_proves_only_that_goals_were_missed() {
        assert_eq!(sought(100.0), (Some(6.0), Some(7.0), None));
        assert_eq!(sought(7.0), (Some(6.0), Some(7.0), None));
        let early = Some("at 4 in parallel: the client is at its limit".to_owned());
        assert_eq!(sought(3.0), (Some(2.0), None, early));
    }
}
