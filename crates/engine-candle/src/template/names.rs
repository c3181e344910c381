//! Which variables a chat template reads, so that a wrong name for one does not go unnoticed.

use minijinja::Environment;
use std::collections::BTreeSet;

/// A name that stands for the template as it is analysed.
const ANALYSED: &str = "names";

/// Tags that bind names for their own body.
const BINDERS: [&str; 3] = ["with ", "macro ", "call"];

/// The variables that a template reads and does not set itself before. Absent where that cannot be told.
pub(super) fn of(environment: &Environment<'_>, source: &str) -> Option<BTreeSet<String>> {
    let tags = tags(source);
    if tags.iter().any(Tag::hides) {
        return None;
    }
    let mut environment = environment.clone();
    environment.add_template_owned(ANALYSED, read_before_set(source, &tags)).ok()?;
    let read = environment.get_template(ANALYSED).ok()?.undeclared_variables(false);
    let functions: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let own = own(&tags);
    let is_own = |name: &str| functions.contains(name) || own.contains(name);
    Some(read.into_iter().filter(|name| !is_own(name)).collect())
}

/// A tag of a template, or an expression that is printed.
struct Tag<'a> {
    /// Where it begins.
    start: usize,
    /// What stands in it.
    text: &'a str,
}

/// All of them, comments left out.
fn tags(source: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = source[at..].find('{') {
        let start = at + found;
        let end = match source.as_bytes().get(start + 1) {
            Some(b'%') => "%}",
            Some(b'{') => "}}",
            Some(b'#') => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let Some(length) = source[start + 2..].find(end) else { break };
        let text = &source[start + 2..start + 2 + length];
        if end != "#}" {
            tags.push(Tag { start, text: text.trim_matches(['-', '+']).trim() });
        }
        at = start + 2 + length + end.len();
    }
    tags
}

impl<'a> Tag<'a> {
    /// What a `set` sets, and to what; a whole block has no value.
    fn set(&self) -> Option<(&'a str, Option<&'a str>)> {
        let rest = self.text.strip_prefix("set ")?;
        let (target, value) =
            rest.split_once('=').map_or((rest, None), |(target, value)| (target, Some(value)));
        match target.split_once('|') {
            // A block goes through a filter, and the sign belongs to an argument.
            Some((target, _)) => Some((target, None)),
            None => Some((target, value.map(str::trim))),
        }
    }

    /// The variables that a `set` sets. A field is none.
    fn targets(&self) -> Vec<&'a str> {
        let target = self.set().map_or("", |(target, _)| target);
        if target.contains('.') { Vec::new() } else { words(target) }
    }

    /// What of it is read.
    fn read(&self) -> &'a str {
        match self.set() {
            Some((_, value)) => value.unwrap_or_default(),
            None if self.text.starts_with("macro ") => "",
            None if self.text.starts_with("for ") => {
                self.text.split_once(" in ").map_or("", |(_, read)| read)
            }
            None => self.text,
        }
    }

    /// Whether it may read a name that it binds itself: minijinja binds before it looks at values.
    fn hides(&self) -> bool {
        let words = words(self.text);
        let is_bound = |name| (0..words.len()).any(|at| words[at] == name && is_bound(&words, at));
        BINDERS.iter().any(|binder| self.text.starts_with(binder))
            && reads(&words).any(|at| is_bound(words[at]))
    }
}

/// The template with what each `set` reads printed before it: minijinja takes `set x = x or 1` for a variable of the
/// template's own.
fn read_before_set(source: &str, tags: &[Tag<'_>]) -> String {
    let mut out = String::with_capacity(source.len());
    let mut written = 0;
    for tag in tags {
        if let Some((_, Some(value))) = tag.set() {
            out.extend([&source[written..tag.start], "{{ (", value, ") }}"]);
            written = tag.start;
        }
    }
    out + &source[written..]
}

/// The variables that some `set` sets and that nothing wants from without. minijinja forgets at the end of a branch what
/// was set in it, and takes them for others'.
fn own<'a>(tags: &[Tag<'a>]) -> BTreeSet<&'a str> {
    let (mut set, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    for tag in tags {
        let (words, targets) = (words(tag.read()), tag.targets());
        for at in reads(&words) {
            let name = words[at];
            if !set.contains(name) || targets.contains(&name) || asks_whether_set(&words[at + 1..]) {
                wanted.insert(name);
            }
        }
        set.extend(targets);
    }
    &set - &wanted
}

/// Whether these words ask whether there is such a variable as the one that they follow.
fn asks_whether_set(words: &[&str]) -> bool {
    matches!(words, ["is", "defined", ..] | ["is", "not", "defined", ..] | ["|", "default" | "d", ..])
}

/// Which of the words are names that are read: no fields of something, and no names of arguments.
fn reads<'w>(words: &'w [&str]) -> impl Iterator<Item = usize> + 'w {
    let is_name = |word: &str| word.starts_with(is_of_word);
    let is_field = |at: usize| at > 0 && words[at - 1] == ".";
    (0..words.len()).filter(move |at| is_name(words[*at]) && !is_field(*at) && !is_bound(words, *at))
}

/// Whether the word gets a value here.
fn is_bound(words: &[&str], at: usize) -> bool {
    words.get(at + 1) == Some(&"=") && words.get(at + 2) != Some(&"=")
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// Names, texts and single signs.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        let length = match first {
            '\'' | '"' => first.len_utf8() + behind.find(first).map_or(behind.len(), |end| end + 1),
            _ if is_of_word(first) => rest.find(|sign| !is_of_word(sign)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a template, one after another; absent where they cannot be told.
    fn names(source: &str) -> Option<String> {
        let names = of(&Environment::new(), source)?;
        Some(names.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_is_read_is_found_wherever_it_stands() {
        for source in [
            "{% if x is defined and x is false %}{% endif %}",
            "{%- set x = x | default(true) -%}{{ x }}",
            "{% if x is not defined %}{% set x = false %}{% endif %}{{ x }}",
            "{% set x = x if x is defined else 1 %}",
            "{% macro m(a) %}{{ a }}{% if x %}{% endif %}{% endmacro %}{{ m(1) }}",
            "{% for a in [1] %}{% set b = a %}{{ b ~ x }}{% endfor %}",
            "{% set ns = namespace(v=x) %}{% set ns.w = ns.v == 2 %}{{ ns.w }}",
            "{{ 'a' if x == 'b=c' else 'd' }}",
            "{% with y = x %}{{ y }}{% endwith %}",
            "{# … {% … #}{% set x = x or 1 %}",
            "{{ '{# {%' }}{% set x = x or 1 %}",
            "{% if not x %}{% set x = 1 %}{% endif %}{{ x }}",
            "{% if 1 %}{% set x = 1 %}{% endif %}{% if x is not defined %}{% endif %}",
            "{% if 1 %}{% set x = 1 %}{% endif %}{{ x | default(2) }}",
            "{% if 1 %}{% set x = 1 %}{% endif %}{% set x = x or 2 %}",
            "{% macro m(a, b=x) %}{% endmacro %}{{ m(1) }}",
            "{% macro m(a, b=a ~ x) %}{{ b }}{% endmacro %}{{ m(1) }}",
        ] {
            assert_eq!(names(source).as_deref(), Some("x"), "{source}");
        }
    }

    #[test]
    fn fields_texts_and_the_templates_own_variables_are_no_names() {
        let source = "{% set a = 1 %}{% set b %}text x{% endset %}{% for m in [a] %}{{ m.x ~ b ~ 'x' ~ loop.first }}{% endfor %}";
        assert_eq!(names(source).as_deref(), Some(""));
    }

    #[test]
    fn what_is_set_in_branches_is_the_templates_own() {
        for source in [
            "{% if 1 %}{% set x = 'a' %}{% else %}{% set x = '' %}{% endif %}{{ x }}",
            "{% for m in [1] %}{%- if m.x is defined %}{%- set x = m.x %}{%- else %}{%- set x = '' %}{%- endif %}{{- x }}{% endfor %}",
            "{% if 1 %}{% set a, x = 1, 2 %}{% endif %}{{ x == 'x is defined' }}",
            "{% if 1 %}{% set x %}a{% endset %}{% endif %}{{ x }}",
        ] {
            assert_eq!(names(source).as_deref(), Some(""), "{source}");
        }
    }

    #[test]
    fn a_template_that_cannot_be_told_has_no_list() {
        assert_eq!(names("{% with x = x %}{{ x }}{% endwith %}"), None);
        assert_eq!(names("{%- with y = 1, x = x or y -%}{{ x }}{% endwith %}"), None);
        assert_eq!(names("{% macro m(x=x) %}{{ x }}{% endmacro %}{{ m() }}"), None);
        assert_eq!(names("{% set x = '%}' %}{{ x }}"), None);
    }
}
