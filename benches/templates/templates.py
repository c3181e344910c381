"""Renders chat templates with the environment of `transformers`, for tests of ours against it.

  python templates.py CASES.json            fills in what each case of the file renders to, with versions beside it
  python templates.py CASES.json FOLDER     prints the same for every `*.jinja` and `tokenizer_config.json` of the folder:
                                            the conversations of the file through each template, as JSON

Needs jinja2 and transformers. The cases hold `template` and `context`; `today` is fixed.
"""

import datetime
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils

TODAY = datetime.datetime(2024, 7, 26)


def render(template, context):
    """What the template makes of the context, or why it refuses."""
    values = {"tools": None, "documents": None, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}
    values.update(context)
    try:
        compiled = chat_template_utils._cached_compile_jinja_template(template)
        compiled.environment.globals["strftime_now"] = TODAY.strftime
        compiled.globals["strftime_now"] = TODAY.strftime
        return {"expected": compiled.render(**values)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def templates(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix == ".jinja":
            yield path.name, path.read_text()
        elif path.name == "tokenizer_config.json":
            own = json.loads(path.read_text()).get("chat_template")
            if isinstance(own, str):
                yield str(path.relative_to(folder)), own


def main():
    path = pathlib.Path(sys.argv[1])
    document = json.loads(path.read_text())
    if len(sys.argv) > 2:
        cases = [
            {"name": f"{name}: {conversation}", "template": template, "context": context, **render(template, context)}
            for name, template in templates(sys.argv[2])
            for conversation, context in document["conversations"].items()
        ]
        print(json.dumps({"cases": cases}, ensure_ascii=False, indent=1))
        return
    document["made_by"] = f"jinja2 {jinja2.__version__}, transformers {transformers.__version__}"
    for case in document["cases"]:
        case.pop("expected", None)
        case.pop("error", None)
        context = case["context"]
        if isinstance(context, str):
            context = document["conversations"][context]
        case.update(render(case["template"], context))
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
