//! Fetches a model before it is used, where it is not on this machine.

use crate::commands::data::show_pulled;
use crate::environment::plain_output;
use crate::output::{self, Failure, printable};
use crate::pull_progress::PullDisplay;
use evalscope::data::{self, PullOptions};
use evalscope::{Environment, Error, Hub, ModelOptions};

/// Does something with a model. One that is not on this machine is fetched first, as `models pull` does, so that nothing
/// large comes unseen.
pub fn with_fetched<T>(
    options: &ModelOptions,
    hub: Option<Hub>,
    environment: &Environment,
    act: impl Fn(&Environment) -> Result<T, Error>,
) -> Result<T, Failure> {
    // What is wrong otherwise is told before anything is fetched.
    let missing = match act(&environment.without_network()) {
        Err(error @ Error::Missing { .. }) => error,
        done => return Ok(done?),
    };
    let Some(absent) = evalscope::absent_model(options, hub, environment)? else {
        return Err(missing.into());
    };
    output::note(&printable(&format!("{} is not on this machine and is fetched", absent.name)));
    let pull = PullOptions {
        hub: absent.hub,
        hub_option: "--hub",
        dataset_args: Default::default(),
        benchmark_paths: Vec::new(),
    };
    let display = PullDisplay::new(&absent.name, plain_output());
    let pulled =
        data::pull(&absent.name, &pull, &display.watching(environment), &mut |step| display.show(step));
    display.finish();
    show_pulled(&pulled?);
    Ok(act(environment)?)
}
