//! Filters and tests that go through lists, and the function `dict`. Those that compare values pay before.

use super::arguments::{Arguments, Given, wrong};
use super::cost::{key, looks, made, pay};
use super::group::groups;
use super::operators::is_in;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, State};
use std::borrow::Cow;

pub(super) fn add(environment: &mut Environment<'_>) {
    add_orders(environment);
    add_choices(environment);
    add_lists(environment);
    add_comparisons(environment);
    environment.add_function("dict", dict);
}

/// Filters that take by place what minijinja takes by name.
fn add_orders(environment: &mut Environment<'_>) {
    const UNIQUE: &[&str] = &["case_sensitive", "attribute"];
    const SORT: &[&str] = &["reverse", "case_sensitive", "attribute"];
    const DICTSORT: &[&str] = &["case_sensitive", "by", "reverse"];
    environment.add_filter("max", |state: &State<'_, '_>, value: Value, given: Given| {
        pay(state, &value, 1)?;
        minijinja::filters::max(state, value, Arguments::of(given).named(UNIQUE))
    });
    environment.add_filter("min", |state: &State<'_, '_>, value: Value, given: Given| {
        pay(state, &value, 1)?;
        minijinja::filters::min(state, value, Arguments::of(given).named(UNIQUE))
    });
    environment.add_filter("sort", |state: &State<'_, '_>, value: Value, given: Given| {
        pay(state, &value, looks(&value))?;
        minijinja::filters::sort(state, value, Arguments::of(given).named(SORT))
    });
    environment.add_filter("unique", |state: &State<'_, '_>, value: Value, given: Given| {
        pay(state, &value, looks(&value))?;
        minijinja::filters::unique(state, value, Arguments::of(given).named(UNIQUE))
    });
    environment.add_filter("dictsort", |state: &State<'_, '_>, value: &Value, given: Given| {
        pay(state, value, looks(value))?;
        minijinja::filters::dictsort(value, Arguments::of(given).named(DICTSORT))
    });
}

/// Filters that choose values, or make others of them. Of what is false comes nothing, be it a list or not.
fn add_choices(environment: &mut Environment<'_>) {
    environment.add_filter("map", |state: &mut State<'_, '_>, value: Value, given: Given| {
        if value.is_true() { minijinja::filters::map(state, value, given) } else { Ok(Vec::new()) }
    });
    type Choice = fn(&mut State<'_, '_>, Value, Option<Cow<'_, str>>, Given) -> Result<Vec<Value>, Error>;
    type ChoiceBy =
        fn(&mut State<'_, '_>, Value, Cow<'_, str>, Option<Cow<'_, str>>, Given) -> Result<Vec<Value>, Error>;
    const CHOICES: [(&str, Choice); 2] =
        [("select", minijinja::filters::select), ("reject", minijinja::filters::reject)];
    const CHOICES_BY: [(&str, ChoiceBy); 2] =
        [("selectattr", minijinja::filters::selectattr), ("rejectattr", minijinja::filters::rejectattr)];
    for (name, choose) in CHOICES {
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, value: Value, test: Option<Cow<'_, str>>, given: Given| {
                match value.is_true() {
                    true => choose(state, value, test, given),
                    false => Ok(Vec::new()),
                }
            },
        );
    }
    for (name, choose) in CHOICES_BY {
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>,
                  value: Value,
                  by: Cow<'_, str>,
                  test: Option<Cow<'_, str>>,
                  given: Given| match value.is_true() {
                true => choose(state, value, by, test, given),
                false => Ok(Vec::new()),
            },
        );
    }
}

/// Filters that minijinja has by place only, or that leave lists unmade.
fn add_lists(environment: &mut Environment<'_>) {
    environment.add_filter("d", usual);
    environment.add_filter("default", usual);
    environment.add_filter("batch", |state: &State<'_, '_>, value: Value, given: Given| {
        let (length, fill) = rows(&Arguments::of(given), "linecount")?;
        minijinja::filters::batch(state, value, length, fill)
    });
    environment.add_filter("slice", |state: &State<'_, '_>, value: Value, given: Given| {
        let (number, fill) = rows(&Arguments::of(given), "slices")?;
        minijinja::filters::slice(state, value, number, fill)
    });
    environment.add_filter("groupby", |state: &State<'_, '_>, value: Value, given: Given| {
        pay(state, &value, looks(&value))?;
        let named = Arguments::of(given).named(&["attribute", "default", "case_sensitive"]);
        groups(&minijinja::filters::groupby(value, None, named)?)
    });
    environment.add_filter("sum", |state: &State<'_, '_>, value: Value, given: Given| {
        let named = Arguments::of(given).named(&["attribute", "start"]);
        made(state, minijinja::filters::sum(state, value, None, None, named)?)
    });
}

/// The filter `default`.
fn usual(value: &Value, given: Given) -> Value {
    let arguments = Arguments::of(given);
    let is_missing = value.is_undefined() || (arguments.is_true(1, "boolean") && !value.is_true());
    let usual = || arguments.get(0, "default_value").unwrap_or_else(|| Value::from(""));
    if is_missing { usual() } else { value.clone() }
}

/// How long or how many rows are, and what fills up the last.
fn rows(arguments: &Arguments, name: &str) -> Result<(usize, Option<Value>), Error> {
    let number = arguments.integer(0, name)?.and_then(|number| usize::try_from(number).ok());
    let number = number.ok_or_else(|| wrong(format!("the argument `{name}` is no number of values")))?;
    Ok((number, arguments.some(1, "fill_with")))
}

/// The function `dict`: of a dict, of pairs, of names.
fn dict(state: &State<'_, '_>, given: Given) -> Result<Value, Error> {
    let arguments = Arguments::of(given);
    let (placed, named) = arguments.all();
    let mut pairs = Vec::new();
    for given in placed.iter().filter(|given| !given.is_undefined()).chain(&named) {
        for value in given.try_iter()? {
            let [name, value] = match given.kind() {
                ValueKind::Map => [value.clone(), given.get_item(&value)?],
                _ => pair(value)?,
            };
            pairs.push((key(state, name)?, value));
        }
    }
    Ok(Value::from_pairs(pairs))
}

/// A name and a value.
pub(super) fn pair(value: Value) -> Result<[Value; 2], Error> {
    let parts: Vec<Value> = value.try_iter()?.take(3).collect();
    <[Value; 2]>::try_from(parts).map_err(|_| wrong("there should be pairs of a name and a value"))
}

/// Tests that compare, by all their names. Of two values the first is paid for: it is not gone through further than the
/// second.
fn add_comparisons(environment: &mut Environment<'_>) {
    type Comparison = fn(&Value, &Value) -> bool;
    const COMPARISONS: [(&[&str], Comparison); 6] = [
        (&["eq", "equalto", "=="], |left, right| left == right),
        (&["ne", "!="], |left, right| left != right),
        (&["lt", "lessthan", "<"], |left, right| left < right),
        (&["le", "<="], |left, right| left <= right),
        (&["gt", "greaterthan", ">"], |left, right| left > right),
        (&["ge", ">="], |left, right| left >= right),
    ];
    for (names, compare) in COMPARISONS {
        for name in names {
            environment.add_test(*name, move |state: &State<'_, '_>, left: &Value, right: &Value| {
                pay(state, left, 1).map(|_| compare(left, right))
            });
        }
    }
    environment.add_test("in", is_in);
}
