//! Opens the page of a hostile run in a real browser, when one is installed.

use crate::support::{HOSTILE, made_up, timeless};
use evalscope_report::write_all;
use std::path::{Path, PathBuf};
use std::process::Command;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

#[expect(clippy::disallowed_methods, reason = "a test looks for a browser on the tester's path")]
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}

/// The page's document after its script ran.
fn document(browser: &Path, page: &Path, profile: &Path) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--dump-dom",
        ])
        .args(["--lang=en", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A made-up run and its page, kept under the target folder for those who want to look at it.
fn page(name: &str) -> PathBuf {
    let run = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if run.exists() {
        std::fs::remove_dir_all(&run).unwrap();
    }
    let folder = made_up(&run);
    write_all(&folder, &timeless(&folder)).unwrap().html
}

/// Uses the page as a reader would, and leaves what it saw in the title.
const READER: &str = r##"
const seen = [];
const look = () => seen.push(document.querySelector("#detail h3").textContent.trim() + " of " + state.matches.length);
const press = (key, on) => (on || document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const choose = (id, value) => { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event(field.type === "search" ? "input" : "change")); };
look();
press("j"); press("j"); press("k"); look();
press("/"); seen.push(document.activeElement.id);
press("j", document.activeElement); look();
press("Escape", document.activeElement); seen.push(document.activeElement.tagName);
choose("filter-verdict", "failed"); press("j"); look();
choose("filter-verdict", ""); choose("filter-benchmark", "1"); press("j"); look();
choose("filter-benchmark", ""); choose("search", "QUESTION 6"); press("j"); look();
document.getElementById("language").click(); look();
seen.push(document.querySelector("h1").textContent, document.documentElement.lang);
document.title = seen.join(" | ");
"##;

#[test]
fn keys_filters_search_and_language_work() {
    let Some(browser) = browser() else { return };
    let place = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(page("run-of-the-reader")).unwrap();
    let policy = text.lines().find(|line| line.contains("Content-Security-Policy")).unwrap();
    let driven = text.replace(policy, "").replace("</body>", &format!("<script>{READER}</script></body>"));
    let path = place.path().join("page.html");
    std::fs::write(&path, driven).unwrap();
    let found = document(&browser, &path, &place.path().join("profile"));
    let title = found.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    let wanted = [
        "✗ wrong · q0 of 22",
        "✓ right · q1 of 22",
        "search",
        "✓ right · q1 of 22",
        "BODY",
        "! failed · q1 of 1",
        "✓ right · q0 of 5",
        "– no answer · q6 of 1",
        "– 无答案 · q6 of 1",
        "评测报告",
        "zh",
    ];
    assert_eq!(title, wanted.join(" | "));
}

#[test]
fn the_policy_lets_no_other_script_run() {
    let Some(browser) = browser() else { return };
    let place = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(page("run-of-the-intruder")).unwrap();
    let intruder =
        "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">";
    let path = place.path().join("page.html");
    std::fs::write(&path, text.replace("<header", &format!("{intruder}<header"))).unwrap();
    let found = document(&browser, &path, &place.path().join("profile"));
    assert!(found.contains("<img src=\"x\""), "the intruder is in the page");
    assert!(found.contains("<title>Evaluation report</title>"), "and did not run");
    assert!(found.contains("class=\"card\""), "while the page's own script did");
}

#[test]
fn hostile_texts_stay_texts_and_the_explorer_works() {
    let Some(browser) = browser() else { return };
    let place = tempfile::tempdir().unwrap();
    let html = page("made-up-run");
    let found = document(&browser, &html, &place.path().join("profile"));
    assert!(found.contains("<title>Evaluation report</title>"), "nothing changed the title:\n{found}");
    assert_eq!(found.matches("<script").count(), 2, "no script was added");
    assert_eq!(found.matches("<img").count(), 0);
    assert!(!found.contains("<svg onload"), "no markup was made of text");
    assert_eq!(found.matches("class=\"card\"").count(), 2);
    assert_eq!(found.matches("class=\"sign ").count(), 22 + 1, "22 samples in the list, one opened");
    assert!(found.contains("1 of 23 samples failed and are not in the scores"));
    assert!(found.contains("<mark>B</mark>"), "the extracted answer is marked in the reply");
    let shown = found.split("id=\"data\"").next().unwrap();
    for line in [
        "Subsets without data (4): art, &lt;b&gt;music&lt;/b&gt;, sports and 1 more",
        "Replies without an answer: 1 · cut at the token limit: 2",
        "How this was run",
        "provider openai_chat",
        "modelscope made-up/quiz · dataset_revision v1",
    ] {
        assert!(shown.contains(line), "`{line}` is not shown");
    }
    assert!(
        shown.contains(&HOSTILE[3][..20].replace('<', "&lt;").replace('>', "&gt;")),
        "the prompt is shown"
    );
}
