//! Dates as Python's `strftime` writes them.

use crate::options::Date;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The day in the given format, at midnight. What is unknown stays as it is.
pub(super) fn format(date: Date, format: &str) -> String {
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => match letters.next() {
                Some('-') => out.push_str(unpadded(&field(date, letters.next()))),
                letter => out.push_str(&field(date, letter)),
            },
            _ => out.push(letter),
        }
    }
    out
}

/// The field without zeros and spaces before it. Its last letter stays: midnight is `0`.
fn unpadded(field: &str) -> &str {
    let last = field.char_indices().next_back().map_or(0, |(at, _)| at);
    let padding = field.len() - field.trim_start_matches(['0', ' ']).len();
    &field[padding.min(last)..]
}

fn field(date: Date, letter: Option<char>) -> String {
    let month = MONTHS[usize::from(date.month.clamp(1, 12)) - 1];
    let weekday = DAYS[weekday(date)];
    match letter {
        Some('Y') => format!("{:04}", date.year),
        Some('y') => format!("{:02}", date.year % 100),
        Some('m') => format!("{:02}", date.month),
        Some('d') => format!("{:02}", date.day),
        Some('e') => format!("{:2}", date.day),
        Some('j') => format!("{:03}", day_of_year(date)),
        Some('B') => month.to_owned(),
        Some('b') => month[..3].to_owned(),
        Some('A') => weekday.to_owned(),
        Some('a') => weekday[..3].to_owned(),
        Some('H' | 'M' | 'S') => "00".to_owned(),
        Some('%') => "%".to_owned(),
        Some(other) => format!("%{other}"),
        None => "%".to_owned(),
    }
}

fn day_of_year(date: Date) -> u16 {
    const BEFORE: [u16; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap =
        date.year.is_multiple_of(4) && (!date.year.is_multiple_of(100) || date.year.is_multiple_of(400));
    let month = usize::from(date.month.clamp(1, 12)) - 1;
    BEFORE[month] + u16::from(date.day) + u16::from(is_leap && month > 1)
}

/// Days since Sunday, by Sakamoto's method.
fn weekday(date: Date) -> usize {
    const SHIFTS: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let month = usize::from(date.month.clamp(1, 12));
    let year = usize::from(date.year) + 400 - usize::from(month < 3);
    (year + year / 4 - year / 100 + year / 400 + SHIFTS[month - 1] + usize::from(date.day)) % 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_python() {
        let day = Date { year: 2024, month: 7, day: 26 };
        assert_eq!(format(day, "%A, %d %b %Y %% %y-%m"), "Friday, 26 Jul 2024 % 24-07");
        assert_eq!(format(Date { year: 2000, month: 1, day: 1 }, "%a %e %-d %j"), "Sat  1 1 001");
        assert_eq!(format(day, "%j"), "208");
        assert_eq!(format(Date { year: 2000, month: 1, day: 1 }, "%-H:%-M:%-S %-y %-m"), "0:0:0 0 1");
    }
}
