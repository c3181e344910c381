//! The document around the pages and their data, with a policy that lets nothing else run.

use crate::assets::{SCRIPT, STYLE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The document around this JSON, which [`raw`](crate::raw()) made; `text` stands in it for readers whose programs run no script.
pub fn document(data: &RawValue, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let short =
        if text.is_empty() { text } else { format!("<p>What it shows, in short:</p><pre>{text}</pre>") };
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
        hash(SCRIPT),
        hash(STYLE)
    );
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<title>EvalScope</title>\n\
         <style>{STYLE}</style></head>\n<body><div id=\"app\"></div>\n\
         <noscript><p>This page needs JavaScript.</p>{short}</noscript>\n\
         <script type=\"application/json\" id=\"evalscope-data\">{data}</script>\n<script type=\"module\">{SCRIPT}</script>\n\
         </body></html>\n"
    )
}

/// What a policy calls a text that may run.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::raw;
    use serde_json::json;

    #[test]
    fn no_text_ends_the_data_and_nothing_but_ours_runs() {
        let hostile = "</script></pre></noscript><script>alert(1)</script><!--";
        let page = document(&raw(&json!({"text": hostile})), hostile);
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("<script").count(), 2);
        let ours = page.replace(SCRIPT, "");
        assert_eq!((ours.matches("</pre>").count(), ours.matches("</noscript>").count()), (1, 1));
        assert!(page.contains("\\u003c/script>\\u003c/pre>") && page.contains("&lt;script&gt;alert(1)"));
        let policy =
            page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn the_pages_hold_nothing_that_would_end_their_elements() {
        // A comment's beginning does no harm without a script's beginning after it.
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<script"));
        assert!(!STYLE.contains("</"));
    }
}
