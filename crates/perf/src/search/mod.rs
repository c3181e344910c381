//! Searches the greatest load that keeps its goals. Pure: what a load comes to is asked of a closure.

mod bisect;
mod slo;

pub use bisect::{Bisect, Loads};
pub use slo::{Goal, Slo};

/// So often a load is tried at most whose trials are invalid: once may be an accident.
const ATTEMPTS: u32 = 3;

/// What a trial of a load came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// It was run.
    Over {
        /// The load in few words.
        name: String,
        /// See [`Slo::strain`].
        strain: f64,
        /// Whether any request was answered.
        answered: bool,
        /// Why its figures are not the server's.
        invalid: Option<String>,
    },
    /// Somebody stopped it.
    Stopped,
}

/// What is to be said of the ends that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sought {
    /// Why the search ended before both were known.
    pub ended: Option<String>,
    /// Why it may be the client that missed the goals.
    pub doubt: Option<String>,
}

/// Tries loads until the greatest one is known that keeps the goals.
///
/// A load that kept its goals in a trial that is invalid was not really put on: it is tried again, and where that is no
/// better the search ends there. One that missed them would have missed them all the more, if it was not the client that
/// did. Where nothing is answered, less load helps nobody.
pub fn seek<E>(bisect: &mut Bisect, mut trial: impl FnMut(f64) -> Result<Trial, E>) -> Result<Sought, E> {
    let mut sought = Sought::default();
    // Of the load that is being tried, perhaps for the second or third time.
    let (mut doubt, mut invalids) = (None, 0);
    while let Some(load) = bisect.next() {
        match trial(load)? {
            Trial::Stopped => return Ok(Sought { ended: Some("it was stopped".into()), ..sought }),
            Trial::Over { name, strain, invalid: Some(reason), .. } if strain <= 1.0 => {
                invalids += 1;
                if invalids < ATTEMPTS {
                    continue;
                }
                return Ok(Sought { ended: Some(format!("at {name}: {reason}")), ..sought });
            }
            Trial::Over { name, strain, answered, invalid } => {
                doubt = doubt.or(invalid.map(|reason| format!("{name} was INVALID: {reason}")));
                let before = (bisect.kept, bisect.missed);
                bisect.note(strain);
                if bisect.missed != before.1 {
                    sought.doubt.clone_from(&doubt);
                }
                if (bisect.kept, bisect.missed) != before {
                    (doubt, invalids) = (None, 0);
                }
                if bisect.kept.is_none() && bisect.missed.is_some() && !answered {
                    let ended = Some(format!("at {name}: no request was answered"));
                    return Ok(Sought { ended, ..sought });
                }
            }
        }
    }
    Ok(sought)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of a search of a server that bears 6 at a time, with a client that is at its limit from `tired` on.
    fn sought(tired: f64) -> (Option<f64>, Option<f64>, Sought) {
        let mut bisect = Bisect::new(Loads::Whole, 1.0, 1.0, 64.0);
        let ended = seek(&mut bisect, |load| {
            let invalid = (load >= tired).then(|| "the client is at its limit".to_owned());
            let strain = if load <= 6.0 { 0.5 } else { 2.0 };
            Ok::<_, ()>(Trial::Over { name: format!("{load} in parallel"), strain, answered: true, invalid })
        });
        (bisect.kept, bisect.missed, ended.unwrap())
    }

    #[test]
    fn a_trial_that_is_invalid_proves_only_that_goals_were_missed() {
        assert_eq!(sought(100.0), (Some(6.0), Some(7.0), Sought::default()));
        let ended = Some("at 4 in parallel: the client is at its limit".to_owned());
        assert_eq!(sought(3.0), (Some(2.0), None, Sought { ended, doubt: None }));
    }

    #[test]
    fn an_invalid_trial_is_made_again() {
        let mut bisect = Bisect::new(Loads::Whole, 1.0, 1.0, 1.0);
        let mut trials = 0;
        let sought = seek(&mut bisect, |_| {
            trials += 1;
            let invalid = (trials < ATTEMPTS).then(|| "an accident".to_owned());
            Ok::<_, ()>(Trial::Over { name: "1".into(), strain: 0.5, answered: true, invalid })
        });
        assert_eq!((bisect.kept, sought.unwrap(), trials), (Some(1.0), Sought::default(), 3));
    }

    #[test]
    fn a_server_that_answers_nothing_is_not_asked_with_less() {
        let mut bisect = Bisect::new(Loads::Any, 1.0, 10.0, 1e6);
        let over = |_| {
            let (name, invalid) = ("10 requests/s".to_owned(), None);
            Ok::<_, ()>(Trial::Over { name, strain: f64::INFINITY, answered: false, invalid })
        };
        let ended = Some("at 10 requests/s: no request was answered".to_owned());
        assert_eq!(seek(&mut bisect, over).unwrap(), Sought { ended, doubt: None });
        assert_eq!((bisect.kept, bisect.missed), (None, Some(10.0)));
    }

    #[test]
    fn goals_that_the_client_may_have_missed_are_in_doubt() {
        let doubt = Some("7 in parallel was INVALID: the client is at its limit".to_owned());
        assert_eq!(sought(7.0), (Some(6.0), Some(7.0), Sought { ended: None, doubt }));
        // What a valid trial of a lower load says is in no doubt.
        assert_eq!(sought(8.0), (Some(6.0), Some(7.0), Sought::default()));
    }

    #[test]
    fn one_of_several_trials_of_a_load_is_enough_for_doubt() {
        let mut bisect = Bisect::new(Loads::Whole, 1.0, 1.0, 64.0);
        let mut trials = 0;
        let sought = seek(&mut bisect, |load| {
            trials += 1;
            let (strain, invalid) = match load as u64 {
                1 => (0.5, None),
                _ => (1.05, (trials == 2).then(|| "late".to_owned())),
            };
            Ok::<_, ()>(Trial::Over { name: format!("{load} in parallel"), strain, answered: true, invalid })
        });
        assert_eq!(sought.unwrap().doubt.as_deref(), Some("2 in parallel was INVALID: late"));
        assert_eq!((bisect.missed, trials), (Some(2.0), 4));
    }
}
