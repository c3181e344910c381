//! Reads a stage as a user writes it: `parallel=8 duration=30s`, `rate=2..20 ramp=60s steps=6 number=500`.

use crate::argument::ArgumentError;
use crate::perf::loads::{parse_time, portion, start};
use evalscope_perf::{Process, Rate, Shape, Stage};
use std::time::Duration;

const NAMES: &str =
    "parallel, rate, speed, number, duration, ramp, steps, arrivals, burstiness, warmup, cooldown";

/// What a stage says.
#[derive(Default)]
struct Said<'a> {
    parallel: Option<u32>,
    rate: Option<(f64, f64)>,
    speed: Option<f64>,
    number: Option<u64>,
    duration: Option<Duration>,
    ramp: Option<Duration>,
    steps: u32,
    process: Option<Process>,
    warm_up: Option<&'a str>,
    cool_down: Option<&'a str>,
}

/// Reads a stage.
pub fn parse(text: &str) -> Result<Stage, ArgumentError> {
    let mut said = Said::default();
    for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
        let (name, value) =
            part.split_once('=').ok_or_else(|| wrong(text, &format!("`{part}` is not NAME=VALUE")))?;
        read(&mut said, name, value).map_err(|reason| wrong(text, &reason))?;
    }
    stage(&said).map_err(|reason| wrong(text, &reason))
}

fn wrong(text: &str, reason: &str) -> ArgumentError {
    ArgumentError::new(format!("--stage '{text}': {reason}"))
        .with_hint(Some(format!("a stage is NAME=VALUE of {NAMES}: `parallel=8 duration=30s`")))
}

fn read<'a>(said: &mut Said<'a>, name: &str, value: &'a str) -> Result<(), String> {
    let positive = |value: &str| {
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
        number.ok_or_else(|| format!("`{value}` is no number above 0"))
    };
    let whole = |value: &str| value.parse::<u32>().map_err(|_| format!("`{value}` is no whole number"));
    match name {
        "parallel" => said.parallel = Some(whole(value)?.max(1)),
        "rate" => {
            said.rate = Some(match value.split_once("..") {
                Some((from, to)) => (from.parse().unwrap_or(0.0), positive(to)?),
                None => (positive(value)?, positive(value)?),
            });
        }
        "speed" => said.speed = Some(positive(value)?),
        "number" => said.number = Some(u64::from(whole(value)?.max(1))),
        "duration" => said.duration = Some(parse_time(value)?),
        "ramp" => said.ramp = Some(parse_time(value)?),
        "steps" => said.steps = whole(value)?,
        "arrivals" => {
            said.process = Some(match value {
                "constant" => Process::Constant,
                "poisson" => Process::Poisson,
                other => return Err(format!("`{other}` is neither `poisson` nor `constant`")),
            });
        }
        "burstiness" => said.process = Some(Process::Gamma(positive(value)?)),
        "warmup" => said.warm_up = Some(value),
        "cooldown" => said.cool_down = Some(value),
        other => return Err(format!("there is no `{other}`")),
    }
    Ok(())
}

fn stage(said: &Said<'_>) -> Result<Stage, String> {
    let (ramp, steps) = (said.ramp.unwrap_or_default(), said.steps);
    if steps > 0 && ramp.is_zero() {
        return Err("`steps` divide a `ramp`, and there is none".into());
    }
    let shape = match (said.rate, said.speed, said.parallel) {
        (Some((from, rate)), None, cap) => {
            let from = if ramp.is_zero() || from < rate { from } else { rate };
            if ramp.is_zero() && from < rate {
                return Err("a rate that grows needs to know how long: `ramp=60s`".into());
            }
            let from = if ramp.is_zero() { rate } else { from };
            let rate = Rate { rate, from, ramp, steps };
            Shape::Open { rate, process: said.process.unwrap_or(Process::Poisson), cap }
        }
        (None, Some(speed), cap) => Shape::Replay { speed, cap },
        (None, None, Some(parallel)) => Shape::Closed { parallel, start: start(said.ramp, steps) },
        (Some(_), Some(_), _) => return Err("it is either `rate` or `speed`".into()),
        (None, None, None) => return Err("it has no load: `parallel`, `rate` or `speed`".into()),
    };
    let is_replay = matches!(shape, Shape::Replay { .. });
    if said.number.is_none() && said.duration.is_none() && !is_replay {
        return Err("it has no end: `number` or `duration`".into());
    }
    let whole = (said.number, said.duration);
    let part = |flag, text| portion(flag, text, whole).map_err(|error| error.to_string());
    Ok(Stage {
        shape,
        number: said.number,
        duration: said.duration,
        warm_up: part("warmup", said.warm_up)?,
        cool_down: part("cooldown", said.cool_down)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_perf::{Portion, Start};

    #[test]
    fn stages_are_what_they_say() {
        let closed = parse("parallel=8, duration=30s ramp=4s steps=2 warmup=10%").unwrap();
        let start = Start::Over { time: Duration::from_secs(4), steps: 2 };
        assert_eq!(closed.shape, Shape::Closed { parallel: 8, start });
        let shape = |text| parse(text).unwrap().shape;
        assert_eq!(shape("parallel=8 number=9"), Shape::Closed { parallel: 8, start: Start::Apart });
        let burst = Shape::Closed { parallel: 8, start: Start::AT_ONCE };
        assert_eq!(shape("parallel=8 number=9 ramp=0s"), burst);
        assert_eq!(closed.warm_up, Portion::Time(Duration::from_secs(3)));
        let rate = Rate { rate: 20.0, from: 2.0, ramp: Duration::from_secs(60), steps: 6 };
        let open = parse("rate=2..20 ramp=60s steps=6 number=500 arrivals=constant parallel=64").unwrap();
        assert_eq!(open.shape, Shape::Open { rate, process: Process::Constant, cap: Some(64) });
        assert_eq!(open.number, Some(500));
        let replay = parse("speed=2.5").unwrap();
        assert_eq!((replay.shape, replay.number), (Shape::Replay { speed: 2.5, cap: None }, None));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "parallel=8",
            "rate=0 number=1",
            "rate=2..20 number=5",
            "parallel=x number=1",
            "steps=2 parallel=1 number=1",
            "rate=1 speed=2",
            "parallel=1 number=1 colour=red",
            "parallel",
            "rate=1 number=1 arrivals=never",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
