//! Which blocks are open: minijinja does not find out of one with variables of its own by `break` and `continue`.

use super::super::tokens::Tag;

/// Blocks that a loop is left in, from without to within.
#[derive(Default)]
pub(super) struct Blocks<'a> {
    open: Vec<&'a str>,
}

impl<'a> Blocks<'a> {
    /// Takes note of a tag; what minijinja would come to harm by is refused.
    pub(super) fn see(&mut self, tag: &'a Tag<'_>) -> Result<(), String> {
        let word = if tag.is_statement() { tag.word(0) } else { "" };
        match word {
            "set" if !tag.has_value() => self.open.push(word),
            "for" | "macro" | "call" | "with" | "filter" => self.open.push(word),
            "endfor" | "endmacro" | "endcall" | "endwith" | "endfilter" | "endset" => {
                self.open.pop();
            }
            "break" | "continue" => {
                if let Some(block) =
                    self.open.last().filter(|block| ["set", "with", "filter"].contains(block))
                {
                    return Err(format!(
                        "`{word}` within `{block}` is not there: put `{block}` and its end before it"
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
