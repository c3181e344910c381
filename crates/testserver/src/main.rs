//! Serves the stand-in endpoint and prints its address.  usage: evalscope-testserver [DELAY_MS]

use std::io::Write;
use std::time::Duration;

/// What every chat is answered with: an answer that multiple-choice prompts in either language accept.
const ANSWER: &str = "答案：A";

fn main() -> std::io::Result<()> {
    let server = evalscope_testserver::Server::start(|_| ANSWER.to_owned());
    if let Some(text) = std::env::args().nth(1) {
        let delay =
            text.parse().map_err(|_| std::io::Error::other(format!("`{text}` is no number of ms")))?;
        server.delay(Duration::from_millis(delay));
    }
    writeln!(std::io::stdout(), "{}", server.origin())?;
    loop {
        std::thread::park();
    }
}
