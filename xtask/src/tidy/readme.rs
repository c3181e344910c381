//! Compares the README in English with the one in Chinese: same headings in the same places, same commands.

use crate::error::{Error, Finding};
use crate::workspace::{Workspace, read};

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README_zh.md";

/// Finds the first place where the two differ in form.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let english = read(&workspace.root.join(ENGLISH))?;
    let chinese = read(&workspace.root.join(CHINESE))?;
    Ok(compare(&english, &chinese).into_iter().collect())
}

/// What the reader sees of a page's form, in order.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Heading { level: usize },
    Code { text: String },
}

impl Part {
    fn name(&self) -> String {
        match self {
            Self::Heading { level } => format!("a heading of level {level}"),
            Self::Code { text } => format!("the code block `{}`", text.lines().nth(1).unwrap_or_default()),
        }
    }
}

fn compare(english: &str, chinese: &str) -> Option<Finding> {
    let (english, chinese) = (parts(english), parts(chinese));
    let same = english.iter().zip(&chinese).take_while(|((_, one), (_, other))| one == other).count();
    let (here, there) = (english.get(same), chinese.get(same));
    if here.is_none() && there.is_none() {
        return None;
    }
    let name = |part: Option<&(usize, Part)>| part.map_or("its end".to_owned(), |(_, part)| part.name());
    let line = there.map_or(String::new(), |(line, _)| format!(":{line}"));
    Some(Finding::new(
        format!("{CHINESE}{line}"),
        format!("has {} where {ENGLISH} has {}", name(there), name(here)),
        "both pages have the same headings in the same order, and the same code blocks to the letter",
    ))
}

/// Returns headings and code blocks with their lines.
fn parts(page: &str) -> Vec<(usize, Part)> {
    let mut parts = Vec::new();
    let mut code: Option<(usize, String)> = None;
    for (number, line) in page.lines().enumerate() {
        let is_fence = line.trim_start().starts_with("```");
        match &mut code {
            Some((_, text)) if !is_fence => {
                text.push('\n');
                text.push_str(line);
            }
            Some(_) => parts.extend(code.take().map(|(start, text)| (start, Part::Code { text }))),
            None if is_fence => code = Some((number + 1, line.trim().to_owned())),
            None => parts.extend(heading_level(line).map(|level| (number + 1, Part::Heading { level }))),
        }
    }
    parts.extend(code.map(|(start, text)| (start, Part::Code { text })));
    parts
}

fn heading_level(line: &str) -> Option<usize> {
    let level = line.chars().take_while(|sign| *sign == '#').count();
    (level > 0 && line[level..].starts_with(' ')).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(english: &str, chinese: &str) -> Option<String> {
        compare(english, chinese).map(|finding| format!("{}: {}", finding.place, finding.message))
    }

    #[test]
    fn same_form_in_other_words_is_fine() {
        let english = "# Name\ntext\n## Start\n```sh\nrun # me\n```\n";
        let chinese = "# 名称\n## 开始\n文字\n\n```sh\nrun # me\n```\n";
        assert_eq!(message(english, chinese), None);
    }

    #[test]
    fn another_level_is_found() {
        let found = message("# A\n## B\n", "# A\n### B\n");
        let expected = "README_zh.md:2: has a heading of level 3 where README.md has a heading of level 2";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn another_command_is_found() {
        let found = message("```sh\nrun a\n```\n", "```sh\nrun b\n```\n");
        let expected =
            "README_zh.md:1: has the code block `run b` where README.md has the code block `run a`";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn a_missing_end_is_found() {
        let expected = "README_zh.md: has its end where README.md has a heading of level 2";
        assert_eq!(message("# A\n## B\n", "# A\n").as_deref(), Some(expected));
    }

    #[test]
    fn comments_in_code_are_no_headings() {
        assert_eq!(message("```sh\n# one\n```\n", "```sh\n# one\n```\n"), None);
        assert_eq!(parts("```sh\n# one\n```\n").len(), 1);
    }
}
