//! `--precision`, which is an argument of the embedded engine with a flag of its own.

use evalscope::{ArgumentError, ModelOptions};

/// Adds it to the arguments of the engine.
pub fn with_precision(options: &mut ModelOptions, precision: Option<&str>) -> Result<(), ArgumentError> {
    let Some(precision) = precision else { return Ok(()) };
    match options.args.insert("precision".to_owned(), precision.into()) {
        Some(other) if other != precision => {
            Err(ArgumentError::new(format!("--precision is {precision}, and that of --model-args {other}"))
                .with_hint(Some("give one of them".into())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_an_argument_and_does_not_contradict_one() {
        let mut options = ModelOptions::default();
        with_precision(&mut options, None).unwrap();
        assert!(options.args.is_empty());
        with_precision(&mut options, Some("q8")).unwrap();
        with_precision(&mut options, Some("q8")).unwrap();
        assert_eq!(options.args["precision"], "q8");
        assert!(with_precision(&mut options, Some("bf16")).unwrap_err().to_string().contains("\"q8\""));
    }
}
