//! Rewrites expressions in which Jinja2 means something else than minijinja: `d.items` is the method where it is not
//! called too, `~` joins what Python's `str` makes of values, `%` fills in texts, `+` makes lists of lists, and texts have
//! Python's escapes. Blocks keep to themselves what is set in them. What is compared is paid for before.
//!
//! Not there: `break` and `continue` out of `with`, `filter` and `set` blocks, and defaults of `call` blocks that read their
//! arguments; both are refused.
//!
//! Each becomes the call of a function of [`super::operators`]. Everything else stays as it is, to the letter. What cannot
//! be read stays too: minijinja then says what is wrong with it.

mod blocks;
mod expressions;
mod literal;
mod statements;

use super::tokens::{Piece, Tag, pieces};
use blocks::Blocks;
use expressions::Reader;

/// Tokens of a tag at most: minijinja has a call within a call for each.
const LONGEST: usize = 10_000;

/// `elif`s of a template at most, for the same reason.
const ELIFS: usize = 1_000;

/// Bytes of a template at most that cannot be cut into tags; minijinja says why.
const UNCUT: usize = 50_000;

/// The template as minijinja understands it.
pub(super) fn translate(source: &str) -> Result<String, String> {
    let pieces = match pieces(source) {
        Some(pieces) => pieces,
        None if source.len() > UNCUT => {
            return Err("one of its tags, texts or brackets does not end".to_owned());
        }
        None => return Ok(source.to_owned()),
    };
    let mut out = String::with_capacity(source.len());
    let (mut elifs, mut blocks) = (0, Blocks::default());
    for piece in &pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Tag(tag) => {
                elifs += usize::from(tag.is_statement() && tag.word(0) == "elif");
                if elifs > ELIFS {
                    return Err(format!("it has more than {ELIFS} `elif`s"));
                }
                blocks.see(tag)?;
                translate_tag(&mut out, tag)?;
            }
        }
    }
    Ok(out)
}

fn translate_tag(out: &mut String, tag: &Tag<'_>) -> Result<(), String> {
    if tag.tokens.len() > LONGEST {
        return Err(format!("one of its tags has more than {LONGEST} words and signs"));
    }
    if tag.is_raw() && !tag.close.ends_with("-%}") {
        // The end of the line behind it stays.
        out.extend([tag.open, &tag.verbatim(), " +%}"]);
        return Ok(());
    }
    let mut reader = Reader { tokens: &tag.tokens, at: 0, depth: 0, fault: None };
    let inner = reader.tag(tag);
    match reader.fault {
        Some(fault) => Err(fault),
        None => {
            out.extend([tag.open, &inner.unwrap_or_else(|| tag.verbatim()), tag.close]);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn what_means_something_else_is_rewritten() {
        for (source, expected) in [
            ("{{ d.items }}", "{{ __attribute( d,\"items\") }}"),
            ("{% if d.items.x %}", "{% if __attribute( d,\"items\").x %}"),
            ("{{- a ~ b|upper ~ -c.d }}", "{{- __concat( a, b|upper, __negative(c.d)) }}"),
            ("{{ '%s' % (a, b) / 2 }}", "{{ __modulo( '%s', (a, b)) / 2 }}"),
            ("{{ x['items']['a'][0][k] }}", "{{ __item( __item( x,('items'))['a'][0],(k)) }}"),
            (
                "{{ x[1:] }}{{ x[::-1][a:b] }}",
                "{{ __slice( x,1,none,none) }}{{ __slice( __slice( x,none,none,-1),a,b,none) }}",
            ),
            ("{{ 'a' 'b' }}", "{{ 'ab' }}"),
            ("{{ 2 - +1 }}", "{{ 2 - 1 }}"),
            ("{{ a, b[0] }}", "{{ ( a, b[0]) }}"),
            ("{% if a, b %}", "{% if ( a, b) %}"),
            ("{% set ns.a = b, c %}", "{% set ns.a = (ns,( b, c))[1] %}"),
            ("{{ a + b - c + 'x' + d }}", "{{ __list( a + b - c + 'x' + d) }}"),
            ("{{ '<' + a + b * 2 }}", "{{ '<' + a + __list( b * 2) }}"),
            (
                "{{ a == b and c != 'x' and d not in e }}",
                "{{ __compared( a) == b and c != 'x' and (not __in( d, e)) }}",
            ),
            (
                "{{ a < b < 3 }}{{ +true }}{{ - -1 }}",
                "{{ __compared( a) < b < 3 }}{{ __positive(true) }}{{ - -1 }}",
            ),
            ("{{ {a: b, 'c': d} }}", "{{ { __key(a): b, 'c': d} }}"),
            ("{{ loop.changed(a, b,) }}", "{{ loop.changed(__compared((a, b,))) }}"),
            ("{{ a|attr('b')(1) }}", "{{ ( a|attr('b'))(1) }}"),
            ("{%- with a = 1, b = a -%}", "{%- with ( a, b) = ( 1, a) -%}"),
            ("{% macro m(a, b=a) -%}", "{% macro m(a, b) %}{% set b = b if b is defined else (a) -%}"),
            ("{% filter f -%}{% endfilter %}", "{% filter f %}{% with -%}{% endwith %}{% endfilter %}"),
            ("{% raw %}\n{% endraw %}", "{% raw +%}\n{% endraw %}"),
        ] {
            assert_eq!(translate(source).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn everything_else_stays_to_the_letter() {
        for source in [
            "{%- for k, v in d.items() if v is not none and 'x' not in k  recursive -%} {# d.items #} {%+ endfor %}",
            "{% raw -%}{{ d.items }}{% endraw %}{{ '}}' }}{{ {'a': {}} }}{{ [x[1], 1.5e-3, x.0.1] }}",
            "{{ f(a=1, *b, **c) if x else y }}{{ a is divisibleby 3 or b }}{{ loop.index }}",
            "{{ d.items }",
            "{{ a b c ) ~ }}",
            "{% macro m(a, b='x') %}{% call(u) m(1) %}{% endcall %}{% endmacro %}{% set x = 1 %}",
        ] {
            assert_eq!(translate(source).unwrap(), source);
        }
    }

    #[test]
    fn a_hostile_depth_is_left_to_the_parser() {
        let source = format!("{{{{ {}{} }}}}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(translate(&source).unwrap(), source);
    }
}
