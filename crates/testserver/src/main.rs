//! Serves the stand-in endpoint and prints its address.

use std::io::Write;

/// What every chat is answered with: an answer that multiple-choice prompts in either language accept.
const ANSWER: &str = "答案：A";

fn main() -> std::io::Result<()> {
    let server = evalscope_testserver::Server::start(|_| ANSWER.to_owned());
    writeln!(std::io::stdout(), "{}", server.origin())?;
    loop {
        std::thread::park();
    }
}
