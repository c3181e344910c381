//! Chat templates, rendered as `transformers` renders them.
//!
//! Templates cannot reach anything but what is passed to them. Not as in Jinja2: `varargs` and `kwargs` of macros are not
//! there, and an argument of a macro that is undefined takes its default; a text marked `safe` spreads its escaping to
//! nothing that is added to it; bytes do nothing but print and `decode`; `map`, `selectattr` and their like look for items
//! only, not for methods. What Python would print with an address (a method, a generator) is refused, or is its values.
//! Where Python finds a type wrong (a loop over `none`), minijinja goes on. `filters`, `methods`, `layout` and `translate`
//! say what they lack.
//!
//! A hostile template ends: what it does costs fuel (`cost`), and how it is nested is bounded (`translate`, `deep`).

mod arguments;
mod casing;
mod cost;
mod deep;
mod filters;
mod format;
mod generation_tags;
mod group;
mod layout;
mod lists;
mod methods;
mod names;
mod numbers;
mod operators;
mod percent;
mod python_json;
mod range;
mod slice;
mod strftime;
mod text;
mod text_methods;
mod tokens;
mod translate;

use crate::options::Date;
use evalscope_core::Message;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use std::collections::BTreeSet;

/// A template longer than this is not one; those that exist have up to some 20 kB.
const MAX_TEMPLATE_BYTES: usize = 1 << 20;
/// Instructions that rendering may take, so that a hostile template ends.
const FUEL: u64 = 5_000_000;
const NAME: &str = "chat";

/// A chat template that was parsed.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    bos: Option<String>,
    eos: Option<String>,
    names: Option<BTreeSet<String>>,
}

impl ChatTemplate {
    /// Parses a template. `bos` and `eos` are what it sees as `bos_token` and `eos_token`.
    pub(crate) fn parse(
        source: &str,
        (bos, eos): (Option<String>, Option<String>),
        today: Date,
    ) -> Result<Self, String> {
        if source.len() > MAX_TEMPLATE_BYTES {
            return Err(format!("it has {} bytes, more than {MAX_TEMPLATE_BYTES}", source.len()));
        }
        let (environment, names) = deep::with_room(|| parsed(source, today))?;
        Ok(ChatTemplate { environment, bos, eos, names })
    }

    /// The variables that it reads; absent where that cannot be told.
    pub(crate) fn names(&self) -> Option<&BTreeSet<String>> {
        self.names.as_ref()
    }

    /// The prompt for a conversation, ending where the assistant is to speak. The template sees `wishes` by their names.
    pub(crate) fn render(
        &self,
        messages: &[Message],
        wishes: Option<&serde_json::Map<String, serde_json::Value>>,
    ) -> Result<String, String> {
        let messages = context! { messages => Value::from(minijinja::value::Serde(messages)) };
        let wishes = wishes.map_or(context! {}, |wishes| Value::from(minijinja::value::Serde(wishes)));
        self.render_with(context! { ..messages, ..wishes })
    }

    /// The prompt for what `transformers` would be given: `messages`, and what else the template asks for.
    fn render_with(&self, given: Value) -> Result<String, String> {
        // Templates ask whether there are tools, and `transformers` says that there are none.
        let usual = context! {
            tools => Value::from(()),
            documents => Value::from(()),
            add_generation_prompt => true,
            bos_token => self.bos.clone(),
            eos_token => self.eos.clone(),
        };
        let given = context! { ..given, ..usual };
        deep::with_room(|| {
            let template = self.environment.get_template(NAME).map_err(|error| explain(&error))?;
            template.render(given.clone()).map_err(|error| explain(&error))
        })
    }
}

/// The environment with the template in it, and the variables that this reads.
fn parsed(source: &str, today: Date) -> Result<(Environment<'static>, Option<BTreeSet<String>>), String> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax()?);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_unknown_method_callback(methods::call);
    filters::add(&mut environment);
    operators::add(&mut environment);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", move |format: &str| strftime::format(today, format));
    environment.add_filter("tojson", python_json::to_json);
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let source = generation_tags::neutralise(&source);
    let translated = translate::translate(&source)?;
    let names = names::of(&environment, &source);
    environment.add_template_owned(NAME, translated).map_err(|error| explain(&error))?;
    Ok((environment, names))
}

/// The prompt that a chat template makes of a conversation: an object with `messages`, and `tools` or what else the
/// template asks for. `bos` and `eos` are what it sees as `bos_token` and `eos_token`.
pub fn render_chat(
    source: &str,
    (bos, eos): (Option<&str>, Option<&str>),
    today: Date,
    conversation: &serde_json::Value,
) -> Result<String, String> {
    let marks = (bos.map(str::to_owned), eos.map(str::to_owned));
    let template = ChatTemplate::parse(source, marks, today)?;
    template.render_with(Value::from(minijinja::value::Serde(conversation)))
}

fn syntax() -> Result<SyntaxConfig, String> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(|error| explain(&error))
}

fn explain(error: &Error) -> String {
    match (error.detail(), error.line()) {
        (Some(detail), Some(line)) => format!("{detail} (line {line})"),
        (Some(detail), None) => detail.to_owned(),
        _ => error.to_string(),
    }
}

fn raise_exception(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date { year: 2024, month: 7, day: 26 };

    fn render(source: &str) -> Result<String, String> {
        let marks = (Some("<s>".to_owned()), Some("</s>".to_owned()));
        ChatTemplate::parse(source, marks, DAY)?.render(&[Message::user("a <b> 'c' é")], None)
    }

    #[test]
    fn blocks_are_trimmed_as_transformers_does() {
        let source = "{{ bos_token }}\n{% for m in messages %}\n    {% if true %}\n{{ m.content }}\n    {% endif %}\n{% endfor %}\n";
        assert_eq!(render(source).unwrap(), "<s>\na <b> 'c' é\n");
    }

    #[test]
    fn python_ways_work() {
        assert_eq!(render("{{ messages[0]['content'].split(' ')[0].upper() }}").unwrap(), "A");
        assert_eq!(render("{{ messages[0].role.startswith('us') }}").unwrap().to_lowercase(), "true");
        assert_eq!(
            render("{{ messages | tojson }}").unwrap(),
            r#"[{"role": "user", "content": "a <b> 'c' é"}]"#
        );
        assert_eq!(
            render("{% for i in [1,2,3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}").unwrap(),
            "1"
        );
        assert_eq!(render("{{ strftime_now('%d %b %Y') }}").unwrap(), "26 Jul 2024");
        assert_eq!(render("{% generation %}x{% endgeneration %}").unwrap(), "x");
        assert_eq!(render("{% set ns = namespace(n=0) %}{% set ns.n = 3 %}{{ ns.n }}").unwrap(), "3");
    }

    #[test]
    fn a_template_can_refuse() {
        let error = render("{{ raise_exception('roles must alternate') }}").unwrap_err();
        assert!(error.contains("roles must alternate"), "{error}");
        assert!(render("{% if %}").is_err());
    }

    #[test]
    fn an_endless_template_ends() {
        let source = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}";
        assert!(render(source).is_err());
    }

    #[test]
    fn values_as_deep_as_fuel_lets_them_be_are_dropped() {
        let deep = |rounds: usize, shown: &str| {
            let source = format!(
                "{{% set ns = namespace(x=[]) %}}{{% for i in range({rounds}) %}}{{% for j in range(1000) %}}\
                 {{% set ns.x = [ns.x] %}}{{% endfor %}}{{% endfor %}}{shown}"
            );
            render(&source)
        };
        assert_eq!(deep(200, "done").as_deref(), Ok("done"));
        assert!(deep(9_000, "done").is_err());
        // Whatever comes of showing it, it is no crash.
        for shown in ["{{ ns.x }}", "{{ ns.x | tojson }}", "{{ ns.x | length }}", "{{ ns.x == [ns.x] }}"] {
            let _ = deep(200, shown);
        }
    }

    /// A value that holds itself 2⁴⁰ times, and another one like it.
    const SHARED: &str = "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}\
                          {% set ns.y = [ns.y, ns.y] %}{% endfor %}";

    #[test]
    fn a_value_that_nobody_could_go_through_ends_with_an_error() {
        for shown in [
            "{{ ns.x }}",
            "{{ ns.x|string|length }}",
            "{{ ns.x|tojson|length }}",
            "{{ ns.x|pprint }}",
            "{{ ns.x == ns.y }}",
            "{{ 1 < 2 and ns.x != ns.y }}",
            "{{ ns.x < ns.y }}",
            "{{ ns.x in [ns.y] }}",
            "{{ ns.x is eq ns.y }}",
            "{{ [ns.x]|select('eq', ns.y)|list|length }}",
            "{{ [ns.x, ns.y]|sort|length }}",
            "{{ [ns.x, ns.y]|unique|list|length }}",
            "{{ [ns.x, ns.y]|max|length }}",
            "{{ [{'a': ns.x}, {'a': ns.y}]|groupby('a')|length }}",
            "{{ {'a': ns.x, 'b': ns.y}|dictsort(by='value')|length }}",
            "{{ [ns.x].index(ns.y) }}",
            "{{ {(ns.x,): 1}|length }}",
            "{{ {}[(ns.x,)] }}",
            "{{ {}.get((ns.x,)) }}",
            "{{ dict([((ns.x,), 1)])|length }}",
            "{% for i in [1, 2] %}{{ loop.changed(ns.x) }}{% set ns.x = ns.y %}{% endfor %}",
            "{{ ns.x.index == ns.y.index }}",
        ] {
            let error = render(&format!("{SHARED}{shown}")).unwrap_err();
            assert!(error.contains("out of fuel"), "{shown}: {error}");
        }
        assert_eq!(render(&format!("{SHARED}{{{{ ns.x|length }}}}")).as_deref(), Ok("2"));
    }

    #[test]
    fn lists_that_double_end_with_an_error() {
        for step in ["ns.x + ns.x", "ns.x * 2", "[ns.x, ns.x]|sum(start=[])"] {
            let source = format!(
                "{{% set ns = namespace(x=[1]) %}}{{% for i in range(60) %}}{{% set ns.x = {step} %}}{{% endfor %}}\
                 {{{{ ns.x|length }}}}"
            );
            assert!(render(&source).unwrap_err().contains("out of fuel"), "{step}");
        }
    }

    #[test]
    fn a_template_that_is_nested_by_the_thousand_is_refused() {
        let elifs = |count| format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(count));
        let chain = |link: &str| format!("{{{{ {}1 }}}}", link.repeat(20_000));
        for source in
            [elifs(10_000), chain("1+"), chain("1 and "), chain("-"), chain("not "), "{{".repeat(100_000)]
        {
            assert!(render(&source).is_err());
        }
        // What is as long as it may be is parsed and dropped, on a thread with little room of its own.
        for source in [elifs(1_000), format!("{{{{ {}1 }}}}", "-".repeat(9_000))] {
            let small = std::thread::Builder::new().stack_size(1 << 17);
            assert!(small.spawn(move || render(&source).is_ok()).unwrap().join().unwrap());
        }
    }

    #[test]
    fn what_is_padded_too_far_is_refused() {
        for padded in [
            "'a'|center(10000000000)",
            "'a'|indent(20000)",
            "'a'.ljust(20000)",
            "'a'.zfill(20000)",
            "'a\t'.expandtabs(20000)",
            "'%99999s' % 'a'",
            "'%*d' % (99999, 1)",
            "'{:99999}'.format(1)",
            "[1]|tojson(indent=20000)",
        ] {
            let error = render(&format!("{{{{ ({padded})|length }}}}")).unwrap_err();
            assert!(
                error.contains("takes widths up to") || error.contains("indents by"),
                "{padded}: {error}"
            );
        }
        assert_eq!(render("{{ ('a'|center(10000))|length }}").as_deref(), Ok("10000"));
    }

    #[test]
    fn leaving_a_loop_out_of_a_block_with_variables_of_its_own_is_refused() {
        for block in ["{% with x = 1 %}{% break %}{% endwith %}", "{% set x %}{% continue %}{% endset %}"] {
            let error = render(&format!("{{% for i in [1] %}}{block}{{% endfor %}}")).unwrap_err();
            assert!(error.contains("is not there"), "{error}");
        }
        assert_eq!(
            render("{% with %}{% for i in [1] %}a{% break %}{% endfor %}{% endwith %}").as_deref(),
            Ok("a")
        );
    }
}
