//! The accepted answers of a row of DROP, in the columns of the hubs.

use evalscope_metrics::python::trim;
use minijinja::{Error, Value as Jinja};

/// Returns the different answers of a row: its own, then those of its validators.
///
/// An answer is a number, spans, or a date, the first of these that is there; several spans are a JSON list. Blank ones are
/// left out. Source: `_get_gold_answers` of `drop` in EvalScope 1.14.1.
pub(crate) fn drop_answers(row: &Jinja) -> Result<Vec<String>, Error> {
    let validated = row.get_attr("validated_answers")?;
    let list = |name: &str| -> Result<Vec<Jinja>, Error> {
        let items = validated.get_attr(name)?;
        if items.is_undefined() || items.is_none() { Ok(Vec::new()) } else { Ok(items.try_iter()?.collect()) }
    };
    let own = row.get_attr("answer")?;
    let mut answers =
        vec![answer(&own.get_attr("number")?, &own.get_attr("date")?, &own.get_attr("spans")?)?];
    let (numbers, dates, spans) = (list("number")?, list("date")?, list("spans")?);
    for ((number, date), spans) in numbers.iter().zip(&dates).zip(&spans) {
        answers.push(answer(number, date, spans)?);
    }
    let mut texts: Vec<String> = Vec::new();
    for spans in answers.iter().filter(|spans| spans.first().is_some_and(|first| !trim(first).is_empty())) {
        let text = match spans.as_slice() {
            [one] => one.clone(),
            several => serde_json::Value::from(several).to_string(),
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(texts)
}

/// The spans of one answer.
fn answer(number: &Jinja, date: &Jinja, spans: &Jinja) -> Result<Vec<String>, Error> {
    let text = |value: &Jinja| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if !number.is_none() && !text(number).is_empty() {
        return Ok(vec![text(number)]);
    }
    let spans: Vec<String> = spans.try_iter()?.map(|span| text(&span)).collect();
    if !spans.is_empty() {
        return Ok(spans);
    }
    let parts = ["day", "month", "year"].map(|part| date.get_attr(part).map(|value| text(&value)));
    let parts: Vec<String> = parts.into_iter().collect::<Result<_, _>>()?;
    Ok(vec![trim(&parts.join(" ")).to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_before_spans_and_dates_and_none_comes_twice() {
        let no_date = serde_json::json!({"day": "", "month": "", "year": ""});
        let row = serde_json::json!({
            "answer": {"number": "", "date": no_date, "spans": ["a", "b"]},
            "validated_answers": {
                "number": ["4", "", "", ""],
                "date": [no_date, {"day": "3", "month": "May", "year": ""}, no_date, no_date],
                "spans": [["not looked at"], [], ["a", "b"], []],
            },
        });
        let answers = drop_answers(&Jinja::from(minijinja::value::Serde(&row))).unwrap();
        assert_eq!(answers, [r#"["a","b"]"#, "4", "3 May"]);
    }
}
