"""IFEval's checkers, and the splitting into sentences that two of them need."""

import json
import random

import inputs
import references

LANGUAGES = ["en", "en", "de", "fr", "ru", "ja", "ko", "es", "hi", "ar", "th", "pt", "it", "ta"]
LINES = [
    "* a point", "- another point", "** bold start", "*emphasis* and **strong** words", "***", "******", "SECTION 1", "Section 2 of it",
    "[address] and [name]", "<<A title>>", "<< >>", "P.S. one more thing", "p.p.s last thing", "P. S. spaced", "My answer is maybe.",
    '"quoted from begin to end"', "Any other questions?", "THIS LINE SHOUTS AND NATO TOO", "all in lower case here", '{"a": [1, 2]}',
    "```json\n[1, NaN]\n```", "```\n{\"k\": -Infinity}\n```", "Dr. Lee met Mr. Ray at 5 p.m. near St. Ives. They left.", "e.g. this, i.e. that.",
    "Was it 3.5 or No. 7? It was both! (Really.) \"Yes.\" He said so.", "J. K. Doe wrote it. The U.S. agreed. Inc. and Co. did not.",
    "Die Sonne scheint heute sehr schön.", "Le soleil brille et il fait beau aujourd'hui.", "今天的天气非常好。我们去公园吧。", "Сегодня хорошая погода.",
    "", "", "Wait... what?", "well-known state-of-the-art", "First, second, third", "no comma here",
]
WORDS = ["river", "the", "stone", "a", "market", "point", "on.", "C++", "(", "h.", "garden", "quickly", "3"]


def reply(rng):
    if rng.random() < 0.1:
        return rng.choice(inputs.NASTY)
    lines = [rng.choice(LINES) if rng.random() < 0.6 else inputs.text(rng) for _ in range(rng.randint(1, 7))]
    text = rng.choice(["\n", "\n\n", " "]).join(lines)
    change = rng.random()
    return text.upper() if change < 0.07 else text.lower() if change < 0.14 else f'"{text}"' if change < 0.18 else text


def instruction(rng, text):
    relation = rng.choice(["less than", "at least"])
    few = rng.randint(1, 6)
    word = rng.choice([w for w in WORDS if w != "("])
    paragraphs = rng.randint(1, 4)
    first = (text.split() or ["x"])[0].lower().strip("\"'.,!?")
    return rng.choice([
        ("keywords:existence", {"keywords": rng.sample([w for w in WORDS if w not in ("(", "C++")], rng.randint(1, 3))}),
        ("keywords:frequency", {"keyword": word if word != "C++" else "the", "frequency": few, "relation": relation}),
        ("keywords:forbidden_words", {"forbidden_words": rng.sample(["river", "the", "stone", "NATO", "中国"], rng.randint(1, 3))}),
        ("keywords:letter_frequency", {"letter": rng.choice("aeiTz"), "let_frequency": few * 4, "let_relation": relation}),
        ("language:response_language", {"language": rng.choice(LANGUAGES)}),
        ("length_constraints:number_sentences", {"num_sentences": few * 2, "relation": relation}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": rng.randint(1, 3)}),
        ("length_constraints:number_words", {"num_words": few * 8, "relation": relation}),
        ("length_constraints:nth_paragraph_first_word",
         {"num_paragraphs": paragraphs, "nth_paragraph": rng.randint(1, paragraphs), "first_word": first or "x"}),
        ("detectable_content:number_placeholders", {"num_placeholders": rng.randint(1, 3)}),
        ("detectable_content:postscript", {"postscript_marker": rng.choice(["P.S.", "P.P.S", "Note"])}),
        ("detectable_format:number_bullet_lists", {"num_bullets": rng.randint(1, 4)}),
        ("detectable_format:constrained_response", {}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": rng.randint(1, 4)}),
        ("detectable_format:multiple_sections",
         {"section_spliter": rng.choice(["Section", "SECTION", " Part"]), "num_sections": rng.randint(1, 3)}),
        ("detectable_format:json_format", {}),
        ("detectable_format:title", {}),
        ("combination:two_responses", {}),
        ("combination:repeat_prompt", {"prompt_to_repeat": text[:rng.randint(1, 30)] or "x"}),
        ("startend:end_checker", {"end_phrase": rng.choice([text[-rng.randint(1, 12):] or "x", "Any other questions?"])}),
        ("change_case:capital_word_frequency", {"capital_frequency": few, "capital_relation": relation}),
        ("change_case:english_capital", {}),
        ("change_case:english_lowercase", {}),
        ("punctuation:no_comma", {}),
        ("startend:quotation", {}),
    ])


def cases(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        text = reply(rng)
        chosen = [instruction(rng, text) for _ in range(rng.randint(1, 4))]
        yield text, {"instruction_id_list": [name for name, _ in chosen], "kwargs": [kwargs for _, kwargs in chosen]}


def prose(rng):
    """Paragraphs like those of replies, with abbreviations, numbers, quotations and lists."""
    parts = [line for line in LINES if "." in line or "!" in line] + [
        "The plan began in Jan. 2020.", "Prof. Adams of the Dept. of Physics said no.", "It costs approx. 5 dollars. That is cheap.",
        "See fig. 3 and vol. 2.", "1. First item\n2. Second item.", "He came at 9 a.m. She came later.", "Apples, pears, etc. were sold. Nobody paid.",
        "\"Go!\" she cried.", "(See above.) Then it ended.", "Version 2.0.1 is out.", "Mt. Hood is high. It snows.", "Visit example.com. It helps.",
        "Wait... I know!", "Hello there.How are you?", "Mrs. Hill vs. Acme Corp. was heard. In the U.K. it rained.", "A. B. Cole won.",
    ]
    return " ".join(rng.choice(parts) if rng.random() < 0.75 else inputs.sentence(rng) for _ in range(rng.randint(1, 8)))


def run(compare):
    rng = random.Random(41)
    texts = [prose(rng) for _ in range(2000)]
    compare("sentences of prose", [{"ask": "sentences", "text": t} for t in texts], [references.PUNKT.tokenize(t) for t in texts])
    texts = list(inputs.NASTY) + [a for a, _ in inputs.pairs(1000, 42)]
    compare("sentences, random and nasty", [{"ask": "sentences", "text": t} for t in texts],
            [references.PUNKT.tokenize(t) for t in texts])
    utils = references.ifeval()
    for loose in (False, True):
        known = list(cases(4000, 43 + loose))
        questions = [{"ask": "followed", "answer": a, "target": json.dumps(row), "loose": loose} for a, row in known]
        theirs = [references.followed(utils, a, row, loose) for a, row in known]
        compare(f"IFEval {'loose' if loose else 'strict'}", questions, theirs)
