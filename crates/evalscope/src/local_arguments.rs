//! `--model-args` of the local engines.

use crate::argument::ArgumentError;
use crate::environment::Hub;
use crate::options::ModelOptions;
use evalscope_core::suggest;
use serde_json::Value;

/// The engines that `engine` names.
pub(crate) const ENGINES: [&str; 2] = ["own", "llama"];
/// What only the engine `own`, and only the engine `llama` has a use for.
const OF_OWN: [&str; 2] = ["precision", "kv_gib"];
const OF_LLAMA: [&str; 3] = ["mode", "workers", "gpu_layers"];
/// Bytes of a GiB.
const GIB: f64 = (1u64 << 30) as f64;
/// Words for 16-bit floats.
const HALF: [&str; 4] = ["torch.float16", "float16", "fp16", "f16"];
/// Names that `--precision` and the argument `precision` know: ours, and those of 16-bit floats and of torch.
#[rustfmt::skip]
pub const PRECISION_NAMES: [&str; 11] = [
    "f32", "bf16", "q8", "float32", "torch.float32", "bfloat16", "torch.bfloat16", "torch.float16", "float16", "fp16", "f16",
];

/// `--model-args` of the local engines.
#[derive(Debug, Default)]
pub(crate) struct LocalArguments {
    /// `own` or `llama`; whichever runs the model when absent.
    pub engine: Option<&'static str>,
    /// How our own engine keeps weights.
    pub precision: Option<&'static str>,
    /// Whether 16-bit floats were asked for, EvalScope's default: 32-bit ones hold them exactly.
    pub asks_for_half: bool,
    /// How exactly llama.cpp computes.
    pub mode: Option<&'static str>,
    pub threads: Option<usize>,
    pub workers: Option<usize>,
    pub gpu_layers: Option<u32>,
    pub context: Option<usize>,
    /// Bytes for keys and values of requests in progress.
    pub kv_bytes: Option<usize>,
    pub revision: Option<String>,
    pub file: Option<String>,
    pub hub: Option<Hub>,
    /// Year, month and day that chat templates see.
    pub template_date: Option<(u16, u8, u8)>,
}

impl LocalArguments {
    const NAMES: [&str; 13] = [
        "threads",
        "context",
        "kv_gib",
        "revision",
        "file",
        "hub",
        "precision",
        "device_map",
        "engine",
        "mode",
        "workers",
        "gpu_layers",
        "template_date",
    ];

    pub(crate) fn read(options: &ModelOptions) -> Result<LocalArguments, ArgumentError> {
        let mut arguments = LocalArguments::default();
        for (name, value) in options.args.iter().filter(|(_, value)| !value.is_null()) {
            arguments.take(name, value)?;
        }
        arguments.refuse_those_of_another(options)?;
        Ok(arguments)
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), ArgumentError> {
        let wrong =
            |what: &str| ArgumentError::new(format!("--model-args: `{name}` must be {what}, not `{value}`"));
        let number = || {
            let number = value.as_u64().filter(|number| *number > 0).map(|number| number as usize);
            number.ok_or_else(|| wrong("a whole number above 0"))
        };
        let gib = || {
            let gib = value.as_f64().filter(|gib| *gib > 0.0);
            gib.map(|gib| (gib * GIB) as usize).ok_or_else(|| wrong("a number above 0"))
        };
        let text = |what: &str| value.as_str().map(str::to_owned).ok_or_else(|| wrong(what));
        let one_of = |names: &[&'static str], what: &str| {
            names.iter().find(|known| value.as_str() == Some(**known)).copied().ok_or_else(|| wrong(what))
        };
        match name {
            "engine" => self.engine = Some(one_of(&ENGINES, "`own` or `llama`")?),
            "mode" => self.mode = Some(one_of(&["strict", "fast"], "`strict` or `fast`")?),
            "threads" => self.threads = Some(number()?),
            "workers" => self.workers = Some(number()?),
            "context" => self.context = Some(number()?),
            "kv_gib" => self.kv_bytes = Some(gib()?),
            "gpu_layers" => {
                let layers = value.as_u64().and_then(|layers| u32::try_from(layers).ok());
                self.gpu_layers = Some(layers.ok_or_else(|| wrong("a number"))?);
            }
            "revision" => self.revision = Some(text("text")?),
            "file" => self.file = Some(text("a file name")?),
            "hub" => {
                let hubs = ["modelscope", "huggingface", "local"];
                self.hub = Some(match one_of(&hubs, "`modelscope`, `huggingface` or `local`")? {
                    "modelscope" => Hub::ModelScope,
                    "huggingface" => Hub::HuggingFace,
                    _ => Hub::Local,
                });
            }
            "precision" => {
                self.precision = Some(match value.as_str() {
                    Some("f32" | "float32" | "torch.float32") => "f32",
                    Some("bf16" | "bfloat16" | "torch.bfloat16") => "bf16",
                    Some("q8") => "q8",
                    Some(half) if HALF.contains(&half) => {
                        self.asks_for_half = true;
                        return Ok(());
                    }
                    _ => return Err(wrong("`f32`, `bf16` or `q8`")),
                });
            }
            "template_date" => {
                let day = value.as_str().and_then(day_of);
                self.template_date = Some(day.ok_or_else(|| wrong("a day as `2024-07-26`"))?);
            }
            "device_map" if ["auto", "cpu"].contains(&value.as_str().unwrap_or("")) => {}
            "device_map" => return Err(wrong("`cpu`, the only device of this engine")),
            _ => {
                let near = suggest::nearest(name, Self::NAMES).map(|near| format!("did you mean `{near}`?"));
                let unknown = ArgumentError::new(format!("--model-args: unknown name `{name}`"));
                return Err(unknown.with_hint(near));
            }
        }
        Ok(())
    }

    /// Refuses what the engine that is asked for would not look at. Without one, what llama.cpp alone knows asks for it.
    fn refuse_those_of_another(&mut self, options: &ModelOptions) -> Result<(), ArgumentError> {
        let given = |names: &[&'static str]| {
            let is_given = |name: &&&str| options.args.get(**name).is_some_and(|value| !value.is_null());
            names.iter().find(is_given).copied()
        };
        // EvalScope's own `precision` of 16-bit floats is taken by both.
        let of_own = given(&OF_OWN[if self.precision.is_some() { 0 } else { 1 }..]);
        let of_llama = given(&OF_LLAMA);
        if self.engine.is_none() && of_llama.is_some() {
            self.engine = Some("llama");
        }
        let unused = if self.engine == Some("llama") { of_own } else { of_llama };
        match (unused, self.engine) {
            (Some(name), Some(engine)) => {
                Err(ArgumentError::new(format!("--model-args: the engine `{engine}` has no `{name}`"))
                    .with_hint(Some("take it out, or take the other engine".into())))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what llama.cpp has no use for, where it was taken because our own engine does not compute the file.
    pub(crate) fn refuse_those_of_own(&self) -> Result<(), ArgumentError> {
        let given = [("precision", self.precision.is_some()), ("kv_gib", self.kv_bytes.is_some())];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ArgumentError::new(format!("--model-args: the engine `llama` has no `{name}`"))
                    .with_hint(Some("take it out: our own engine does not compute this file".into())))
            }
        }
    }

    /// Refuses what only a hub's repository has a use for; a folder has one for `file`.
    pub(crate) fn refuse_sources(&self, model: &str, is_folder: bool) -> Result<(), ArgumentError> {
        let given = [
            ("file", self.file.is_some() && !is_folder),
            ("revision", self.revision.is_some()),
            ("hub", self.hub.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ArgumentError::new(format!("--model-args: `{name}` is for hub ids, and {model} is none"))
                    .with_hint(Some("take it out".into())))
            }
        }
    }
}

/// Year, month and day of `YYYY-MM-DD`.
fn day_of(text: &str) -> Option<(u16, u8, u8)> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    let is_number =
        |part: &str, length| part.len() == length && part.bytes().all(|digit| digit.is_ascii_digit());
    if !(is_number(year, 4) && is_number(month, 2) && is_number(day, 2)) {
        return None;
    }
    let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (year > 0 && (1..=days).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(args: Value) -> Result<LocalArguments, String> {
        let args = args.as_object().unwrap().clone().into_iter().collect();
        let options = ModelOptions { args, ..ModelOptions::default() };
        LocalArguments::read(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn an_engine_is_named_or_follows_from_what_only_it_knows() {
        assert_eq!(read(json!({})).unwrap().engine, None);
        assert_eq!(read(json!({"engine": "own"})).unwrap().engine, Some("own"));
        assert_eq!(read(json!({"mode": "fast"})).unwrap().engine, Some("llama"));
        assert_eq!(read(json!({"gpu_layers": 0})).unwrap().gpu_layers, Some(0));
        assert!(read(json!({"engine": "torch"})).unwrap_err().contains("`own` or `llama`"));
    }

    #[test]
    fn evalscopes_default_arguments_are_taken() {
        let given = json!({"revision": null, "precision": "torch.float16", "device_map": "auto"});
        let arguments = read(given).unwrap();
        assert!(arguments.asks_for_half && arguments.precision.is_none() && arguments.revision.is_none());
        assert!(read(json!({"precision": "fp16", "engine": "llama"})).unwrap().asks_for_half);
        assert!(!read(json!({"precision": "torch.bfloat16"})).unwrap().asks_for_half);
        assert!(read(json!({"precision": "float8"})).is_err());
    }

    #[test]
    fn every_name_of_a_precision_is_taken() {
        for name in PRECISION_NAMES {
            let arguments = read(json!({"precision": name})).unwrap();
            assert_eq!(arguments.asks_for_half, HALF.contains(&name), "{name}");
        }
    }

    #[test]
    fn the_day_of_templates_is_a_day() {
        assert_eq!(read(json!({"template_date": "2024-02-29"})).unwrap().template_date, Some((2024, 2, 29)));
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "26 Jul 2024",
            "2024-07-26-1",
            "0000-01-01",
            "+024-01-01",
        ] {
            assert!(
                read(json!({"template_date": wrong})).unwrap_err().contains("`template_date`"),
                "{wrong}"
            );
        }
        assert!(read(json!({"template_date": 2024})).is_err());
    }

    #[test]
    fn what_the_engine_would_not_look_at_is_refused() {
        let refused = |args: Value| read(args).unwrap_err();
        assert!(refused(json!({"engine": "own", "workers": 2})).contains("`own` has no `workers`"));
        assert!(
            refused(json!({"engine": "llama", "precision": "q8"})).contains("`llama` has no `precision`")
        );
        assert!(refused(json!({"engine": "llama", "kv_gib": 8})).contains("`llama` has no `kv_gib`"));
        assert!(refused(json!({"kv_gib": 0})).contains("above 0"));
        assert_eq!(read(json!({"kv_gib": 8})).unwrap().kv_bytes, Some(8 << 30));
        assert_eq!(read(json!({"kv_gib": 0.5})).unwrap().kv_bytes, Some(1 << 29));
        assert!(refused(json!({"kv_gib": -0.5})).contains("above 0"));
        assert!(refused(json!({"context": 0.5})).contains("a whole number above 0"));
        assert!(refused(json!({"mode": "strict", "precision": "q8"})).contains("`precision`"));
        assert!(read(json!({"engine": "own", "precision": "bf16"})).is_ok());
    }
}
