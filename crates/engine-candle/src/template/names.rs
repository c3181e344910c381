//! Which variables a chat template reads, so that a wrong name for one does not go unnoticed.

use minijinja::Environment;
use std::collections::BTreeSet;

/// A name that stands for the template as it is analysed.
const ANALYSED: &str = "names";
/// A function that shows whatever there is: a template with it reads every name.
const READS_ALL: &str = "debug";

/// The variables that a template reads and does not set itself before. Absent where that cannot be told.
pub(super) fn of(environment: &Environment<'_>, source: &str) -> Option<BTreeSet<String>> {
    let mut environment = environment.clone();
    environment.add_template_owned(ANALYSED, read_before_set(source)).ok()?;
    let read = environment.get_template(ANALYSED).ok()?.undeclared_variables(false);
    if read.contains(READS_ALL) {
        return None;
    }
    let functions: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    Some(read.into_iter().filter(|name| !functions.contains(name.as_str())).collect())
}

/// The template with what each `set` reads printed before it: minijinja takes `set x = x or 1` for a variable of the
/// template's own.
fn read_before_set(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let Some(length) = rest[start..].find("%}") else { break };
        let tag = &rest[start + 2..start + length];
        out.push_str(&rest[..start]);
        if let Some(value) = set_to(tag) {
            out.extend(["{{ (", value, ") }}"]);
        }
        out.push_str(&rest[start..start + length + 2]);
        rest = &rest[start + length + 2..];
    }
    out + rest
}

/// What a tag sets its variable to.
fn set_to(tag: &str) -> Option<&str> {
    let tag = tag.trim_matches(['-', '+']).trim();
    let (target, value) = tag.strip_prefix("set ")?.split_once('=')?;
    // Where there is a filter, a whole block is set, and the sign belongs to an argument.
    (!target.contains('|')).then(|| value.trim())
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
    fn a_template_that_cannot_be_told_has_no_list() {
        assert_eq!(names("{{ debug() }}"), None);
        assert_eq!(names("{% set x = '%}' %}{{ x }}"), None);
    }
}
