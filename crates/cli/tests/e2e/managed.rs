//! `--serve`: a stand-in for vLLM is started, asked, and ended with all that it started, however we end.
#![cfg(target_os = "linux")]

use crate::support::server::Server;
use crate::support::{Place, Ran, only_run};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The variable that makes a test of this file a server.
const PORT: &str = "STAND_IN_PORT";
/// The stand-in: notes its words and surroundings, starts a process and one that leaves its group and session, and becomes
/// a server. With `--fail` it says why and ends, with `--silent` it never serves.
const SCRIPT: &str = r#"#!/bin/sh
echo "$*" > words
env > surroundings
for word in "$@"; do
  case "$word" in
    --fail) echo "no graphics card, token $HF_TOKEN" >&2; exit 3 ;;
    --silent) silent=1 ;;
  esac
  [ "$last" = --port ] && port=$word
  last=$word
done
[ -z "$port" ] && port=${OLLAMA_HOST##*:}
sleep 1000 &
echo $! > child.pid
setsid sleep 1000 &
echo $! > stray.pid
echo $$ > server.pid
[ -n "$silent" ] && exec sleep 1000
export STAND_IN_PORT=$port
exec "TESTS" --exact managed::stand_in --nocapture
"#;
pub const PIDS: [&str; 3] = ["server.pid", "child.pid", "stray.pid"];

/// What the stand-in becomes, and who notes its calls at the moment.
static STAND_IN: OnceLock<Mutex<Server>> = OnceLock::new();

/// Not a test: what the stand-in becomes. With `STAND_IN_MUTE` it answers no call, and with `STAND_IN_DELAY` after so many
/// milliseconds; the bodies of calls are noted before they are answered.
#[test]
#[expect(clippy::disallowed_methods, reason = "the stand-in is told its port and how to behave")]
fn stand_in() {
    let Ok(port) = std::env::var(PORT) else { return };
    let server = Server::start_at(port.parse().unwrap(), |_| {
        if let Some(server) = STAND_IN.get() {
            let server = server.lock().unwrap();
            let calls = server.seen().into_iter().filter(|seen| !seen.body.is_empty());
            std::fs::write("calls", calls.map(|seen| seen.body + "\n").collect::<String>()).unwrap();
        }
        "ANSWER: B".to_owned()
    });
    server.record();
    if std::env::var_os("STAND_IN_MUTE").is_some() {
        server.spare_probe();
        server.fail_when("", 404);
    }
    if let Ok(delay) = std::env::var("STAND_IN_DELAY") {
        server.delay(Duration::from_millis(delay.parse().unwrap()));
    }
    assert!(STAND_IN.set(Mutex::new(server)).is_ok());
    loop {
        std::thread::park();
    }
}

/// Puts the stand-in under the name of a program into the folder that is looked in first.
pub fn stand_in_for(place: &Place, program: &str) {
    use std::os::unix::fs::PermissionsExt;
    let tests = std::env::current_exe().unwrap();
    let text =
        place.write(&format!("bin/{program}.text"), &SCRIPT.replace("TESTS", &tests.display().to_string()));
    std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Another process writes it: what this one writes, a child of another thread may hold open, and then it cannot be run.
    let program = place.path(&format!("bin/{program}"));
    assert!(std::process::Command::new("cp").arg(text).arg(program).status().unwrap().success());
}

/// The command line of a run over the quiz with a server of this kind and these arguments.
pub fn command(place: &Place, serve: &str, more: &[&str]) -> std::process::Command {
    let data = place.choice_data(6);
    stand_in_for(place, "vllm");
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        data.display()
    );
    let mut words = vec!["eval", "--model", "org/small", "--serve", serve, "--datasets", "general_mcq"];
    words.extend(["--dataset-hub", "local", "--dataset-args", &args]);
    words.extend(more);
    let mut command = place.evalscope(&words);
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    command.env("PATH", path).env("HF_TOKEN", "hf_abcdef");
    for key in ["OPENAI_API_KEY", "VLLM_API_KEY", "LLAMA_API_KEY"] {
        command.env(key, "sk-elsewhere");
    }
    command
}

/// Runs it, and once more where another test's server got the port before the stand-in did.
pub fn ran(place: &Place, serve: &str, more: &[&str]) -> Ran {
    let run = || Ran::from(command(place, serve, more).output().unwrap());
    let ran = run();
    if !ran.err.contains("loopback has the port") {
        return ran;
    }
    std::fs::remove_dir_all(place.path("cache/servers")).unwrap();
    run()
}

/// Waits until it is so.
#[track_caller]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within a minute");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

pub fn pid(place: &Place, file: &str) -> Option<u32> {
    std::fs::read_to_string(place.path(file)).ok()?.trim().parse().ok()
}

pub fn is_running(place: &Place, file: &str) -> bool {
    let stat = pid(place, file).and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok());
    // One that nobody has waited for yet has ended all the same.
    stat.is_some_and(|stat| !stat.contains(") Z "))
}

/// Starts a run whose server never serves, and gives it when all processes of the server are there.
fn waiting(place: &Place) -> Child {
    let mut command = command(place, "vllm --silent", &[]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the server starts", || PIDS.iter().all(|file| is_running(place, file)));
    child
}

pub fn all_end(place: &Place) {
    until("all processes end", || !PIDS.iter().any(|file| is_running(place, file)));
}

#[test]
fn a_server_is_started_asked_and_ended_with_all_that_it_started() {
    let place = Place::new();
    let ran = ran(&place, "vllm --max-model-len 4096", &[]).expect(0);
    assert!(
        ran.err.contains("starting vllm") && ran.err.contains("serves at http://127.0.0.1:"),
        "{}",
        ran.err
    );
    for file in PIDS {
        assert!(pid(&place, file).is_some() && !is_running(&place, file), "{file}");
    }
    let words = std::fs::read_to_string(place.path("words")).unwrap();
    let (begin, end) = words.split_once(" --port ").unwrap();
    assert_eq!(begin, "serve org/small --host 127.0.0.1");
    assert!(end.ends_with(" --served-model-name org/small --max-model-len 4096\n"), "{end}");
    let surroundings = std::fs::read_to_string(place.path("surroundings")).unwrap();
    assert!(surroundings.contains("hf_abcdef") && !surroundings.contains("sk-elsewhere"));
    let logs = std::fs::read_dir(place.path("cache/servers")).unwrap().count();
    assert_eq!(logs, 1);

    // Another port is the same run.
    let run = only_run(&place);
    let again = ["--use-cache", run.to_str().unwrap()];
    self::ran(&place, "vllm --max-model-len 4096", &again).expect(0);
    let other = Ran::from(command(&place, "vllm --max-model-len 8192", &again).output().unwrap());
    assert_ne!(other.code, 0, "other arguments are another run: {}", other.err);
    all_end(&place);
}

#[test]
fn a_server_ends_with_us_when_we_are_killed() {
    let place = Place::new();
    let mut child = waiting(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    all_end(&place);
}

#[test]
fn a_server_ends_after_ctrl_c() {
    let place = Place::new();
    let mut child = waiting(&place);
    let signal = format!("kill -INT {}", child.id());
    assert!(std::process::Command::new("/bin/sh").args(["-c", &signal]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    all_end(&place);
}

#[test]
fn a_server_that_cannot_start_is_shown_with_its_log() {
    let place = Place::new();
    let ran = Ran::from(command(&place, "vllm --fail", &[]).output().unwrap());
    let ran = ran.clear_error(4, &["exit code 3", "no graphics card, token •••", "cache/servers/vllm-"]);
    assert!(!ran.err.contains("hf_abcdef"), "{}", ran.err);
}

#[test]
fn a_server_that_does_not_serve_in_time_is_ended() {
    let place = Place::new();
    let serve = r#"{"server": "vllm", "args": ["--silent"], "start_timeout": 0.2}"#;
    Ran::from(command(&place, serve, &[]).output().unwrap())
        .clear_error(4, &["did not serve within 0.2 s", "start_timeout"]);
    all_end(&place);
}

#[test]
fn what_cannot_be_served_is_refused_before_anything_starts() {
    let place = Place::new();
    let refused = |serve: &str, code: i32, parts: &[&str]| {
        Ran::from(command(&place, serve, &[]).output().unwrap()).clear_error(code, parts);
    };
    refused("vlm", 2, &["no server `vlm`", "did you mean `vllm`"]);
    refused("vllm --port 80", 2, &["`--port` of vllm"]);
    refused("vllm --api-key sk-1", 2, &["needs no key"]);
    refused("swift", 5, &["swift is not on this machine"]);
    refused("vllm --hf-token hf_1", 2, &["`--hf-token` of vllm", "HF_TOKEN"]);
    let local = ["perf", "--api", "local", "--serve", "vllm", "--model", "m", "--number", "1"];
    place.run(&local).clear_error(2, &["--api local", "--serve"]);
    let with_url = ["--api-url", "http://127.0.0.1:1/v1"];
    Ran::from(command(&place, "vllm", &with_url).output().unwrap()).clear_error(2, &["--api-url"]);
    let idle = [("--precision", "q8"), ("--chat-template", "chatml"), ("--model-args", "threads=1")];
    for (name, value) in idle {
        let said = name.strip_prefix("--model-args").map_or(&name[2..], |_| "threads");
        for more in [&[name, value][..], &[name, value, "--dry-run"]] {
            Ran::from(command(&place, "vllm", more).output().unwrap()).clear_error(2, &["an endpoint", said]);
        }
    }
    let dry = Ran::from(command(&place, "vllm", &["--dry-run"]).output().unwrap()).expect(0);
    assert!(dry.out.contains("vllm, started for the run"), "{}", dry.out);
    assert!(!Path::new(&place.path("words")).exists());
}
