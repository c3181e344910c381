//! Puts the page together: the assets, the data in it, and a policy that lets nothing else run.

use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("../../assets/report.html");
const STYLE: &str = include_str!("../../assets/report.css");
const SCRIPT: &str = include_str!("../../assets/report.js");

/// The page around `data` (JSON) and `table` (plain text).
pub fn page(data: &str, table: &str) -> String {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(SCRIPT)),
        base64(&Sha256::digest(STYLE))
    );
    let (data, table) = (inert_json(data), inert_text(table));
    fill(&[("policy", &policy), ("style", STYLE), ("table", &table), ("data", &data), ("script", SCRIPT)])
}

/// The template with each `{{name}}` replaced once; what is put in is not looked at again.
fn fill(values: &[(&str, &str)]) -> String {
    let mut out =
        String::with_capacity(TEMPLATE.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// JSON without a character that could end the script element or a line of script. In JSON these characters
/// stand in texts only, where `\u` says the same.
fn inert_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

fn inert_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Standard base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0, |bits, (place, byte)| bits | u32::from(*byte) << (16 - 8 * place));
        for place in 0..4 {
            let letter = BASE64[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("~~~?", "fn5+Pw=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let hostile = "</script><script>alert(1)</script>\u{2028}&<!--{{script}}";
        let json = inert_json(&serde_json::to_string(hostile).unwrap());
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
        let page = page(&format!("[{json}]"), "</pre><script>");
        assert_eq!(page.matches("<script").count(), 2, "the data and the script");
        assert!(page.contains("&lt;/pre&gt;&lt;script&gt;"));
    }

    #[test]
    fn every_part_of_the_template_is_filled() {
        let page = page("[]", "");
        assert!(!page.contains("{{") && page.trim_end().ends_with("</html>"));
        for outside in ["http:", "https:", "//cdn", "@import", "url("] {
            let without_svg = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!without_svg.contains(outside), "{outside} is in the page");
        }
    }

    #[test]
    fn the_script_never_makes_markup_of_text() {
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
        assert!(!SCRIPT.contains("</"), "nothing that could end the script element");
    }
}
