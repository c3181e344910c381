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
    names: Vec<&'a str>,
    parallel: Option<u32>,
    rate: Option<(Option<f64>, f64)>,
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
        if said.names.contains(&name) {
            return Err(wrong(text, &format!("it says `{name}` twice")));
        }
        said.names.push(name);
        read(&mut said, name, value).map_err(|reason| wrong(text, &reason))?;
    }
    stage(&said).map_err(|reason| wrong(text, &reason))
}

fn wrong(text: &str, reason: &str) -> ArgumentError {
    ArgumentError::new(format!("--stage '{text}': {reason}"))
        .with_hint(Some(format!("a stage is NAME=VALUE of {NAMES}: `parallel=8 duration=30s`")))
}

fn read<'a>(said: &mut Said<'a>, name: &str, value: &'a str) -> Result<(), String> {
    let finite = |value: &str| value.parse::<f64>().ok().filter(|number| number.is_finite());
    let positive = |value: &str| {
        let number = finite(value).filter(|number| *number > 0.0);
        number.ok_or_else(|| format!("`{value}` is no number above 0"))
    };
    let from_zero = |value: &str| {
        let number = finite(value).filter(|number| *number >= 0.0);
        number.ok_or_else(|| format!("`{value}` is no number of 0 or more"))
    };
    let whole = |value: &str| value.parse::<u32>().map_err(|_| format!("`{value}` is no whole number"));
    match name {
        "parallel" => said.parallel = Some(whole(value)?.max(1)),
        "rate" => {
            said.rate = Some(match value.split_once("..") {
                Some((from, to)) => (Some(from_zero(from)?), positive(to)?),
                None => (None, positive(value)?),
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

/// Parts that say nothing of some loads.
const OF_A_RATE: [&str; 2] = ["arrivals", "burstiness"];
const OF_A_TRACE: [&str; 4] = ["arrivals", "burstiness", "ramp", "steps"];

fn stage(said: &Said<'_>) -> Result<Stage, String> {
    let (ramp, steps) = (said.ramp.unwrap_or_default(), said.steps);
    if steps > 0 && ramp.is_zero() {
        return Err("`steps` divide a `ramp`, and there is none".into());
    }
    let idle = |names: &[&str], load: &str| match names.iter().find(|name| said.names.contains(name)) {
        Some(name) => Err(format!("`{name}` does nothing with `{load}`")),
        None => Ok(()),
    };
    let shape = match (said.rate, said.speed, said.parallel) {
        (Some((from, rate)), None, cap) => {
            if OF_A_RATE.iter().all(|name| said.names.contains(name)) {
                return Err("`arrivals` and `burstiness` say the same".into());
            }
            let rate = changing(from, rate, ramp, steps)?;
            Shape::Open { rate, process: said.process.unwrap_or(Process::Poisson), cap }
        }
        (None, Some(speed), cap) => {
            idle(&OF_A_TRACE, "speed")?;
            Shape::Replay { speed, cap }
        }
        (None, None, Some(parallel)) => {
            idle(&OF_A_RATE, "parallel")?;
            Shape::Closed { parallel, start: start(said.ramp, steps) }
        }
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

/// A rate that is reached within a time from another, or from none.
fn changing(from: Option<f64>, rate: f64, ramp: Duration, steps: u32) -> Result<Rate, String> {
    if !ramp.is_zero() {
        return Ok(Rate { rate, from: from.unwrap_or(0.0), ramp, steps });
    }
    match from {
        Some(from) if from != rate => Err("a rate that changes needs to know how long: `ramp=60s`".into()),
        _ => Ok(Rate::constant(rate)),
    }
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
        let ramp = |text| match shape(text) {
            Shape::Open { rate, .. } => (rate.from, rate.rate, rate.ramp.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(ramp("rate=20 ramp=60s number=9"), (0.0, 20.0, 60));
        assert_eq!(ramp("rate=20..5 ramp=60s number=9"), (20.0, 5.0, 60));
        assert_eq!(ramp("rate=0..5 ramp=60s number=9"), (0.0, 5.0, 60));
        assert_eq!(ramp("rate=5..5 number=9"), (5.0, 5.0, 0));
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
            "rate=20..2 number=5",
            "rate=abc..20 ramp=9s number=5",
            "rate=-1..20 ramp=9s number=5",
            "rate=20..0 ramp=9s number=5",
            "rate=1 rate=2 number=5",
            "rate=1 number=5 arrivals=constant burstiness=0.5",
            "parallel=1 number=5 arrivals=constant",
            "parallel=1 number=5 burstiness=0.5",
            "speed=1 arrivals=constant",
            "speed=1 burstiness=2",
            "speed=1 ramp=9s",
            "speed=1 ramp=9s steps=3",
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
