//! The model that is meant when an endpoint has only one.

use crate::argument::ArgumentError;
use crate::endpoint;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::ModelOptions;
use evalscope_model_api::CallContext;
use evalscope_models::ProviderKind;
use std::time::Duration;

/// Time for a list of models.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);
/// Names that are shown of a long list.
const SHOWN: usize = 20;

/// The only model that the endpoint lists.
pub(super) async fn only_model(
    given: &ModelOptions,
    environment: &Environment,
    provider: ProviderKind,
) -> Result<String, Error> {
    let connection = endpoint::connection(given, environment, provider, String::new());
    let names = evalscope_models::list(connection, &CallContext::with_timeout(LIST_TIMEOUT)).await?;
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(ArgumentError::new("the endpoint lists no model")
            .with_hint(Some("name the one that it serves with `--model NAME`".into()))
            .into()),
        several => Err(ArgumentError::new(format!("the endpoint lists {} models", several.len()))
            .with_hint(Some(format!("choose one: `--model {}`", shortened(several))))
            .into()),
    }
}

/// The names; of very many, the first ones.
fn shortened(names: &[String]) -> String {
    let more = if names.len() > SHOWN { "|…" } else { "" };
    format!("{}{more}", names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("|"))
}
