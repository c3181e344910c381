"""Makes up templates and renders them with the environment of `transformers`, for tests of ours against it.

  python made_up.py SEED COUNT > CASES.json
  EVALSCOPE_TEST_TEMPLATES=CASES.json cargo test --workspace --test engine templates_of_real

Each is one expression: a method, a filter, a test, an operator or a slice of values of every type. Those whose text has
an address in it (a method, a generator) are left out. Needs jinja2 and transformers, as `templates.py` beside it.
"""

import copy
import json
import random as chance
import re
import sys

from templates import render

CONTEXT = {
    "s": "Hello wörld, it's\ta \"test\"\n second-line  end ", "t": "abcABC123", "e": "",
    "u": "  Straße ǆ İx ΣΑΣ \u00a0\u2003z\x1c", "html": "<p class=\"a\">x &amp; 'y' <b>z</b></p>",
    "n": 7, "neg": -13, "z": 0, "f": 2.5, "g": 1e20, "h": -1e-7, "b": True, "no": None,
    "l": [3, 1, 2], "ls": ["b", "A", "c", "a"], "lf": [1.5, 1e-5, 1e16], "el": [],
    "lm": [1, "x", None, True, 2.5, [1, "q'"], {"k": "v\u200b"}],
    "d": {"b": 1, "a": 2, "C": 3}, "di": {"items": [1], "keys": "K", "get": 0, "type": "array", "count": 2}, "ed": {},
    "rec": [{"n": 2, "k": "x", "t": "Ba"}, {"n": 1, "k": "y", "t": "ab"}, {"n": 3, "k": "x", "t": "Ac"}],
}
TEXTS = ["s", "t", "e", "u", "html", "'a,b,,c'", "'L1\\nL2\\r\\nL3'", "'12'", "'3.7'", "' pad '", "'tRUE words-here'"]
NUMBERS = ["n", "neg", "z", "3", "-1", "255", "f", "g", "h", "0.1", "1e3", "2.675"]
LISTS = ["l", "ls", "lf", "lm", "el", "rec", "(1, 'a')", "range(4)", "l[1:]", "ls[::-1]", "s.split()", "d.items()|list"]
DICTS = ["d", "di", "ed", "{'a': 1, 'b': [1.5]}", "{1: 'x', 'y': none}", "rec[0]"]
OTHERS = ["no", "b", "false", "undef", "d.nope"]
SHORT = ["'a'", "'b'", "' '", "','", "'l'", "'\\n'", "'x'", "'ab'", "'é'", "'-'"]
#: Methods of texts, and what they may be given.
METHODS = {
    "capitalize": [""], "casefold": [""], "lower": [""], "swapcase": [""], "title": [""], "upper": [""], "istitle": [""],
    "isalnum": [""], "isalpha": [""], "isdigit": [""], "isspace": [""], "islower": [""], "isupper": [""], "encode": [""],
    "center": ["#", "#, '*'"], "ljust": ["#, '.'"], "rjust": ["#"], "zfill": ["#"], "expandtabs": ["", "#"],
    "count": ["~", "~, #", "~, #, #"], "find": ["~", "~, #", "~, #, #"], "rfind": ["~", "~, #, #"], "index": ["~"],
    "startswith": ["~", "~, #", "('a', 'H')"], "endswith": ["~", "('a', ' ')"], "join": ["ls", "'xyz'", "d"],
    "strip": ["", "~"], "lstrip": ["", "~"], "rstrip": ["", "~"], "partition": ["~"], "rpartition": ["~"],
    "removeprefix": ["~"], "removesuffix": ["~"], "replace": ["~, ~", "~, ~, #"], "splitlines": ["", "true"],
    "split": ["", "~", "~, #", "none, #", "maxsplit=1"], "rsplit": ["", "~", "~, #", "none, #"],
}
FILTERS = {
    "abs": [""], "capitalize": [""], "center": ["", "#"], "length": [""], "default": ["1", "'x', true"], "first": [""],
    "dictsort": ["", "true", "by='value'"], "e": [""], "filesizeformat": ["", "true"], "float": ["", "1.5"], "last": [""],
    "indent": ["", "2", "3, true", "'> '"], "int": ["", "5", "0, 16"], "join": ["", "', '", "', ', attribute='n'"],
    "list": [""], "lower": [""], "max": [""], "min": [""], "replace": ["~, ~", "~, ~, #"], "round": ["", "1", "0, 'ceil'"],
    "sort": ["", "true", "attribute='n'", "case_sensitive=true"], "string": [""], "striptags": [""], "title": [""],
    "sum": ["", "attribute='n'"], "tojson": ["", "indent=2", "sort_keys=true"], "trim": ["", "~"], "upper": [""],
    "truncate": ["5", "5, true", "9, false, '..'", "9, true, '', 0"], "urlencode": [""], "wordcount": [""],
    "unique": ["", "true"], "xmlattr": [""], "map": ["'upper'", "'string'", "attribute='n'"], "select": ["", "'string'"],
    "selectattr": ["'k', 'eq', 'x'"], "rejectattr": ["'n', 'gt', 1"], "batch": ["2"], "slice": ["2"], "groupby": ["'k'"],
}
#: Filters whose result Python does not print.
LAZY = ["map", "select", "selectattr", "rejectattr", "unique", "batch", "slice"]
TESTS = [
    "defined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "callable",
    "lower", "upper", "odd", "divisibleby 3", "eq 7", "gt 1", "true", "in [1, 'x', none]", "in 'abc'", "in d",
]
FORMATS = ["'%s'", "'%s-%s'", "'%d'", "'%.2f'", "'%5s|'", "'%-5s|'", "'%r'", "'%x'", "'%05d'", "'%e'", "'%g'", "'%(a)s'"]
FIELDS = ["'{}'", "'{} {}'", "'{0!r}'", "'{:>8}|'", "'{:.2f}'", "'{:,}'", "'{:x}'"]


def any_value():
    return chance.choice(chance.choice([TEXTS, NUMBERS, LISTS, DICTS, OTHERS]))


def arguments(pattern):
    pattern = re.sub("#", lambda _: str(chance.randint(-4, 12)), pattern)
    return re.sub("~", lambda _: chance.choice(SHORT), pattern)


def method():
    name = chance.choice(list(METHODS))
    return f"({chance.choice(TEXTS)}).{name}({arguments(chance.choice(METHODS[name]))})"


def method_of_others():
    name = chance.choice(["items", "keys", "values", "get", "copy", "pop", "count", "index", "type", "a"])
    form = chance.choice(["({0}).{1} is defined", "({0}).{1} is callable", "({0})['{1}'] is defined", "({0}).{1}({2})"])
    return form.format(chance.choice(DICTS + LISTS), name, chance.choice(["", any_value()]))


def filtered():
    name = chance.choice(list(FILTERS))
    value = chance.choice(DICTS if name in ("dictsort", "xmlattr") else ["rec"] if "attr" in name else [any_value()])
    lazily = "|list" if name in LAZY else ""
    return f"({value})|{name}({arguments(chance.choice(FILTERS[name]))}){lazily}"


def tested():
    return f"({any_value()}) is {chance.choice(['', 'not '])}{chance.choice(TESTS)}"


def operation():
    numbers = [f"({chance.choice(NUMBERS)}) {sign} ({chance.choice(NUMBERS)})" for sign in ["+", "-", "*", "/", "//", "%", "<"]]
    others = [f"({any_value()}) {sign} ({any_value()})" for sign in ["~", "~", "==", "in", "and", "or"]]
    texts = [f"{chance.choice(FORMATS)} % {value}" for value in (f"({any_value()},)", f"({any_value()}, 2)", chance.choice(DICTS))]
    fields = f"{chance.choice(FIELDS)}.format({any_value()}, {any_value()})"
    return chance.choice(numbers + others + texts + [fields])


def part():
    edge = [chance.choice(["", str(chance.randint(-4, 6))]) for _ in range(2)]
    return f"({chance.choice(TEXTS + LISTS)})[{edge[0]}:{edge[1]}{chance.choice(['', ':2', ':-1'])}]"


def expression():
    simple = chance.choice([method, method_of_others, filtered, filtered, tested, operation, part])()
    return chance.choice(["{{{{ {} }}}}", "{{{{ {} }}}}", "{{{{ [{}] }}}}", "{{{{ ({})|string }}}}"]).format(simple)


def main():
    chance.seed(int(sys.argv[1]))
    cases = []
    while len(cases) < int(sys.argv[2]):
        template = expression()
        # `indent` adds to the very list that it is given.
        outcome = render(template, copy.deepcopy(CONTEXT))
        if not re.search("0x[0-9a-f]{8}|<generator", outcome.get("expected", "")):
            cases.append({"name": template, "template": template, "context": "all", **outcome})
    print(json.dumps({"conversations": {"all": CONTEXT}, "cases": cases}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
