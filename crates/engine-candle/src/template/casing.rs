//! Upper, lower and title case as Python has them: Unicode's, and the title case that the standard library lacks.

/// Whether the letter is both a capital and a small one, as ǅ.
pub(super) fn is_title(letter: char) -> bool {
    matches!(letter, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
        || (matches!(letter, '\u{1f88}'..='\u{1faf}') && u32::from(letter) & 8 != 0)
}

fn is_cased(letter: char) -> bool {
    letter.is_uppercase() || letter.is_lowercase() || is_title(letter)
}

/// The first letter as in a title, and the others small.
pub(super) fn capitalize(text: &str) -> String {
    let mut letters = lowered(text).into_iter();
    let first = text.chars().next().map(titled).unwrap_or_default();
    letters.next();
    first + &letters.collect::<String>()
}

/// Letters behind letters small, and the others as in a title.
pub(super) fn title(text: &str) -> String {
    let mut is_within = false;
    let mut out = String::with_capacity(text.len());
    for (letter, small) in text.chars().zip(lowered(text)) {
        out.push_str(&if is_within { small } else { titled(letter) });
        is_within = is_cased(letter);
    }
    out
}

/// Whether words begin with capitals and go on without.
pub(super) fn is_titled(text: &str) -> bool {
    let (mut is_within, mut has_case) = (false, false);
    for letter in text.chars() {
        let is_capital = letter.is_uppercase() || is_title(letter);
        if is_cased(letter) && is_capital == is_within {
            return false;
        }
        is_within = is_cased(letter);
        has_case |= is_within;
    }
    has_case
}

pub(super) fn swap(text: &str) -> String {
    let swapped = |(letter, small): (char, String)| match letter {
        _ if letter.is_uppercase() => small,
        _ if letter.is_lowercase() => letter.to_uppercase().collect(),
        _ => letter.to_string(),
    };
    text.chars().zip(lowered(text)).map(swapped).collect()
}

/// The text for comparison, whatever its case.
pub(super) fn fold(text: &str) -> String {
    text.chars().map(folded).collect()
}

/// Each letter in lower case: a sigma knows whether it ends a word.
fn lowered(text: &str) -> Vec<String> {
    let whole = text.to_lowercase();
    let mut small = whole.chars();
    text.chars().map(|letter| small.by_ref().take(letter.to_lowercase().count()).collect()).collect()
}

fn titled(letter: char) -> String {
    let capital: String = letter.to_uppercase().collect();
    match letter {
        'Ǆ'..='ǆ' => "ǅ".to_owned(),
        'Ǉ'..='ǉ' => "ǈ".to_owned(),
        'Ǌ'..='ǌ' => "ǋ".to_owned(),
        'Ǳ'..='ǳ' => "ǲ".to_owned(),
        // Georgian has capitals, and no title begins with one.
        '\u{10d0}'..='\u{10ff}' => letter.to_string(),
        _ if is_title(letter) => letter.to_string(),
        'ŉ' => capital,
        _ => {
            let mut letters = capital.chars();
            let first = letters.next().unwrap_or(letter);
            match (letter, letters.as_str()) {
                // A small iota that stands below stays there.
                ('\u{1f80}'..='\u{1ff7}', "Ι") if letter.is_lowercase() => below(letter, first),
                (_, rest) => first.to_string() + &rest.to_lowercase().replace('ι', "\u{345}"),
            }
        }
    }
}

/// The capital with the iota below: one letter where there is one.
fn below(letter: char, first: char) -> String {
    let whole = match letter {
        '\u{1f80}'..='\u{1faf}' => char::from_u32(u32::from(letter) | 8),
        '\u{1fb3}' => Some('\u{1fbc}'),
        '\u{1fc3}' => Some('\u{1fcc}'),
        '\u{1ff3}' => Some('\u{1ffc}'),
        _ => None,
    };
    whole.map_or_else(|| format!("{first}\u{345}"), String::from)
}

fn folded(letter: char) -> String {
    match letter {
        'ı' => "ı".to_owned(),
        // Cherokee is folded to its capitals.
        '\u{13a0}'..='\u{13f5}' => letter.to_string(),
        '\u{13f8}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => letter.to_uppercase().collect(),
        'ẞ' => "ss".to_owned(),
        _ => letter.to_uppercase().flat_map(char::to_lowercase).collect(),
    }
}
