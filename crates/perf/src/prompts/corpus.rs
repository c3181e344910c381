//! Prompts without any download: sentences that a small grammar makes, no two alike.

use crate::random::Random;

/// Characters of a prompt when nobody says how many: a question with some context.
pub const DEFAULT_CHARACTERS: (usize, usize) = (400, 800);

const SUBJECTS: [&str; 20] = [
    "the harbour master",
    "a young engineer",
    "our neighbour",
    "the night train",
    "an old map",
    "the committee",
    "a flock of geese",
    "the river",
    "a travelling actor",
    "the library",
    "my grandmother",
    "the village baker",
    "an empty warehouse",
    "the second violin",
    "a careful surveyor",
    "the market square",
    "the lighthouse",
    "a forgotten letter",
    "the morning shift",
    "a patient teacher",
];
const VERBS: [&str; 16] = [
    "remembers",
    "repairs",
    "crosses",
    "describes",
    "follows",
    "measures",
    "paints",
    "postpones",
    "questions",
    "rebuilds",
    "returns to",
    "translates",
    "counts",
    "defends",
    "explains",
    "watches",
];
const OBJECTS: [&str; 20] = [
    "the northern bridge",
    "a box of copper coins",
    "every second window",
    "the price of salt",
    "a broken clock",
    "seven rules of the game",
    "the shortest way home",
    "an unfinished report",
    "the colour of the sea",
    "a quiet agreement",
    "the history of the mill",
    "two kinds of glass",
    "the weather of last autumn",
    "a list of missing parts",
    "the rights of the tenants",
    "a recipe for plum cake",
    "the orbit of a small moon",
    "the garden behind the school",
    "a rumour about the election",
    "the first page of the contract",
];
const CIRCUMSTANCES: [&str; 16] = [
    "before sunrise",
    "without asking anyone",
    "for the third time this year",
    "in spite of the rain",
    "because the ferry is late",
    "with great care",
    "while the others sleep",
    "as if nothing had happened",
    "when the bells stop",
    "under a false name",
    "to everybody's surprise",
    "long after closing time",
    "in exactly forty minutes",
    "against all advice",
    "between two storms",
    "for a small fee",
];
const QUESTIONS: [&str; 8] = [
    "Summarise the text above in three sentences.",
    "Which of these statements depend on each other, and why?",
    "Write a letter that answers the text above.",
    "List every person and place above, with one remark for each.",
    "Continue the story for one more page.",
    "What would have to be different for the end to be happy?",
    "Explain the text above to a child of ten.",
    "Find three contradictions above, or argue that there are none.",
];

/// A prompt of about so many characters: it ends with a question, and its length is met to a sentence.
pub fn prompt(random: &mut Random, characters: usize) -> String {
    let question = pick(random, &QUESTIONS);
    let room = characters.saturating_sub(question.len() + 1);
    let mut text = String::with_capacity(characters + 128);
    loop {
        let sentence = sentence(random);
        if text.len() + sentence.len() > room {
            break;
        }
        text.push_str(&sentence);
    }
    text.push_str(question);
    text
}

/// Sentences of so many characters, cut there.
pub fn sentences(random: &mut Random, characters: usize) -> String {
    let mut text = String::with_capacity(characters + 128);
    while text.len() < characters {
        text.push_str(&sentence(random));
    }
    text.truncate(characters);
    text
}

/// Words without an end, for prompts whose length is counted in something else.
pub fn sentence(random: &mut Random) -> String {
    let mut text = format!(
        "{} {} {} {}",
        pick(random, &SUBJECTS),
        pick(random, &VERBS),
        pick(random, &OBJECTS),
        pick(random, &CIRCUMSTANCES)
    );
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push_str(". ");
    text
}

fn pick<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.below(words.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_have_about_the_length_and_differ() {
        let mut random = Random::new(1, 0);
        for wanted in [200, 1000, 20_000] {
            let text = prompt(&mut random, wanted);
            assert!(text.len() <= wanted && text.len() + 160 > wanted, "{wanted}: {}", text.len());
        }
        assert_ne!(prompt(&mut random, 300), prompt(&mut random, 300));
        assert_eq!(prompt(&mut Random::new(5, 0), 300), prompt(&mut Random::new(5, 0), 300));
        // Where there is no room for a sentence, the question alone is asked.
        assert!(QUESTIONS.contains(&prompt(&mut random, 1).as_str()));
    }
}
