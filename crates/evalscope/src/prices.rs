//! `--prices` and `--price`: what the tokens of models cost. There is no list of our own: it would be wrong tomorrow.

use crate::argument::ArgumentError;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::key_values;
use crate::manifest;
use crate::options::{EvalOptions, ModelOptions};
use crate::place::{self, Wanted};
use crate::prepare::Prepared;
use evalscope_benchmarks::{Needs, OpenBenchmark};
use evalscope_core::{Amount, Money, Plan, Price, Prices, suggest};
use evalscope_runner::RunModel;
use evalscope_runs::RunFolder;
use std::sync::Arc;

/// The fields of a price.
const FIELDS: [&str; 5] = ["input", "output", "cached_input", "reasoning", "currency"];

/// Reads the text of a price file, JSON or YAML: prices by model. `file` is for messages.
pub fn parse_prices(file: &str, text: &str) -> Result<Prices, ArgumentError> {
    let prices: Prices = serde_saphyr::from_str(text).map_err(|error| problem(file, &error))?;
    if prices.0.is_empty() {
        return Err(
            ArgumentError::new(format!("{file}: there is no price in it")).with_hint(Some(FORM.into()))
        );
    }
    Ok(prices)
}

const FORM: &str =
    "one line a model: `NAME: {input: 0.15, output: 0.6}`, for a million tokens; `*` in a name is any text";

fn problem(file: &str, error: &serde_saphyr::Error) -> ArgumentError {
    let place = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
    let (message, hint) = match error.without_snippet() {
        serde_saphyr::Error::SerdeUnknownField { field, .. } => {
            (format!("unknown name `{field}`"), near_field(field))
        }
        other => (plain(&other.to_string()), FORM.to_owned()),
    };
    ArgumentError::new(format!("{file}{place}: {message}")).with_hint(Some(hint))
}

fn near_field(name: &str) -> String {
    match suggest::nearest(name, FIELDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", FIELDS.join(", ")),
    }
}

/// The first line of the parser's message, without the place, which stands before it.
fn plain(message: &str) -> String {
    let line = message.lines().next().unwrap_or("not valid");
    line.split(" at line ").next().unwrap_or(line).to_owned()
}

/// Reads `--price`: the fields of one price, as JSON or `name=value` pairs.
pub fn parse_price(text: &str) -> Result<Price, ArgumentError> {
    let values = key_values::parse("--price", text)?;
    if let Some(name) = values.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(
            ArgumentError::new(format!("--price: unknown name `{name}`")).with_hint(Some(near_field(name)))
        );
    }
    serde_json::to_value(&values).and_then(serde_json::from_value).map_err(|error| {
        ArgumentError::new(format!("--price: {error}")).with_hint(Some(
            "such as `input=0.15,output=0.6,cached_input=0.075,currency=USD`, for a million tokens".into(),
        ))
    })
}

/// Reads `--max-cost`.
pub fn parse_max_cost(text: &str) -> Result<Amount, ArgumentError> {
    Amount::parse(text).filter(|amount| *amount > Amount::default()).ok_or_else(|| {
        ArgumentError::new(format!("--max-cost: `{text}` is no amount above 0"))
            .with_hint(Some("a number such as 2.50, in the currency of the price".into()))
    })
}

/// Refuses what can be refused before anybody is asked: by the prices that were given.
pub(crate) fn check(
    options: &EvalOptions,
    ids: &[&str],
    benchmarks: &[Arc<OpenBenchmark>],
) -> Result<(), ArgumentError> {
    check_counted(options, ids, &of_models(options, ids, &Prices::default()), benchmarks)
}

/// Gives the models their prices, and the limit on what they may cost together.
pub(crate) fn set(
    options: &EvalOptions,
    models: &mut [RunModel],
    (prepared, plan): (&Prepared, &Plan),
) -> Result<Option<Money>, Error> {
    let manifest = manifest::begin(plan, &prepared.benchmarks)?;
    let wanted = Wanted { plan, manifest: &manifest, stage: options.stage };
    let recorded = place::recorded_prices(&options.place, wanted)?;
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    let known = of_models(options, &ids, &recorded);
    let max_cost = limit(options, &ids, &known)?;
    check_counted(options, &ids, &known, &prepared.benchmarks)?;
    models.iter_mut().zip(known).for_each(|(model, price)| model.price = price);
    Ok(max_cost)
}

/// What each model costs, as far as that is known: its own price, else that for its id or name in `--prices`, else what the
/// run has that goes on.
pub(crate) fn of_models(options: &EvalOptions, ids: &[&str], recorded: &Prices) -> Vec<Option<Price>> {
    let of_model = |(given, id): (&ModelOptions, &&str)| {
        let name = given.model.as_deref().unwrap_or(id);
        let given = given.price.clone().or_else(|| options.prices.find(&[id, name]).cloned());
        given.or_else(|| recorded.0.get(*id).cloned())
    };
    options.models.iter().zip(ids).map(of_model).collect()
}

/// The limit on what all models together may cost, in the currency of their prices. An error when the price of one
/// that costs something is not known, or when there is more than one currency.
pub(crate) fn limit(
    options: &EvalOptions,
    ids: &[&str],
    prices: &[Option<Price>],
) -> Result<Option<Money>, ArgumentError> {
    let Some(amount) = options.max_cost else { return Ok(None) };
    let known: Vec<&Price> = prices.iter().flatten().collect();
    let models = options.models.iter().zip(ids).zip(prices);
    let mut without = models.filter(|(_, price)| price.is_none()).map(|(model, _)| model);
    let lacks = |(given, _): &(&ModelOptions, &&str)| known.is_empty() || may_cost(given.eval_type());
    if let Some((_, id)) = without.find(lacks) {
        return Err(ArgumentError::new(format!("`--max-cost` needs a price, and there is none for `{id}`"))
            .with_hint(Some(
            "add `--price input=…,output=…` (for a million tokens), or `--prices FILE` for several models"
                .into(),
        )));
    }
    let Some(first) = known.first() else { return Ok(None) };
    match known.iter().find(|price| price.currency != first.currency) {
        None => Ok(Some(first.money(amount))),
        Some(other) => Err(ArgumentError::new(format!(
            "`--max-cost` is one amount, and the prices are in {} and {}",
            first.currency, other.currency
        ))
        .with_hint(Some("give the prices in one currency".into()))),
    }
}

/// Refuses a benchmark whose calls have no count of tokens, where a limit needs one: it would be noticed only when the first
/// ones were paid.
fn check_counted(
    options: &EvalOptions,
    ids: &[&str],
    prices: &[Option<Price>],
    benchmarks: &[Arc<OpenBenchmark>],
) -> Result<(), ArgumentError> {
    let costs = |price: &Option<Price>| price.as_ref().is_some_and(|price| !price.is_free());
    let costly = ids.iter().zip(prices).find(|(_, price)| costs(price));
    let protocols = benchmarks.iter().map(|benchmark| benchmark.protocol());
    let uncounted = protocols.into_iter().find(|protocol| protocol.needs() == Needs::Loglikelihood);
    let (Some(_), Some((id, _)), Some(protocol)) = (options.max_cost, costly, uncounted) else {
        return Ok(());
    };
    Err(ArgumentError::new(format!(
        "`--max-cost` cannot hold for `{}` on `{id}`: comparisons by log-likelihood come without a count of tokens",
        protocol.name()
    ))
    .with_hint(Some("leave the benchmark or the limit out, or take a protocol that generates".into())))
}

/// Whether somebody may want money for it when there is no price. The embedded engine and recorded replies cost nothing.
pub(crate) fn may_cost(kind: EvalType) -> bool {
    !matches!(kind, EvalType::Local | EvalType::Replay)
}

/// The models with their prices: what was given now, else what the run had. Written down for the reports.
pub(crate) fn priced(
    mut models: Vec<RunModel>,
    folder: &RunFolder,
) -> Result<Vec<RunModel>, evalscope_runs::Error> {
    let mut prices = folder.prices()?;
    let known = prices.clone();
    for model in &mut models {
        match &model.price {
            Some(price) => drop(prices.0.insert(model.id.clone(), price.clone())),
            None => model.price = prices.0.get(&model.id).cloned(),
        }
    }
    if prices != known {
        folder.write_prices(&prices)?;
    }
    Ok(models)
}

/// Refuses a price in another currency than that of the limit, whoever it is for and wherever it stood.
pub(crate) fn check_currency(max_cost: Option<&Money>, models: &[RunModel]) -> Result<(), ArgumentError> {
    let Some(most) = max_cost else { return Ok(()) };
    let price_of = |model: &'_ RunModel| model.price.clone().map(|price| (model.id.clone(), price));
    let mut prices = models.iter().filter_map(price_of);
    match prices.find(|(_, price)| price.currency != most.currency && !price.is_free()) {
        None => Ok(()),
        Some((id, price)) => Err(ArgumentError::new(format!(
            "`--max-cost` is one amount in {}, and the price of `{id}` is in {}",
            most.currency, price.currency
        ))
        .with_hint(Some("give the prices in one currency".into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_may_be_yaml_or_json() {
        let yaml =
            "# mine\nqwen*: {input: 0.1, output: 0.2, currency: CNY}\ngpt:\n  input: \"3\"\n  output: 15\n";
        let json = r#"{"qwen*": {"input": 0.1, "output": 0.2, "currency": "CNY"}, "gpt": {"input": 3, "output": 15}}"#;
        assert_eq!(parse_prices("a", yaml).unwrap(), parse_prices("b", json).unwrap());
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, parts) in [
            ("gpt: {inptu: 1, output: 2}", ["p.yaml:1:", "unknown name `inptu`", "did you mean `input`?"]),
            ("gpt:\n  input: -1\n  output: 2", ["p.yaml:2:", "`-1` is no price", "for a million"]),
            ("gpt: {input: 1}", ["p.yaml:1:", "missing field `output`", "for a million"]),
            ("gpt: {input: 1, output: 2, currency: dollars}", ["p.yaml:1:", "three capital letters", ""]),
            ("{}", ["p.yaml", "no price in it", ""]),
            ("gpt: 3", ["p.yaml:1:", "", "for a million"]),
        ] {
            let error = parse_prices("p.yaml", text).unwrap_err();
            let said = format!("{} / {}", error.message, error.hint.unwrap_or_default());
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }

    #[test]
    fn one_price_is_given_in_pairs() {
        let price = parse_price("input=0.15,output=0.6,cached_input=0.075,currency=EUR").unwrap();
        assert_eq!((price.input.to_string(), price.currency), ("0.15".into(), "EUR".into()));
        let error = parse_price("input=1,outptu=2").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean `output`?"));
        assert!(parse_price("input=1").is_err() && parse_price("input=1,output=x").is_err());
        assert!(parse_max_cost("0").is_err() && parse_max_cost("1.5").is_ok());
    }
}
