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

/// The day in the given format, at midnight and in no time zone. What is unknown stays as it is.
pub(super) fn format(date: Date, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let mut letters = rest[at + 1..].chars();
        let mut letter = letters.next();
        let flag = letter.filter(|flag| "-_^".contains(*flag));
        if flag.is_some() {
            letter = letters.next();
        }
        let field = letter.and_then(|letter| field(date, letter));
        match field {
            Some(field) => out.push_str(&flagged(&field, flag)),
            None => out.extend(['%'].into_iter().chain(flag).chain(letter)),
        }
        rest = letters.as_str();
    }
    out + rest
}

/// The field without zeros and spaces before it, with spaces for zeros, or in capitals. The last letter stays: midnight
/// is `0`.
fn flagged(field: &str, flag: Option<char>) -> String {
    let last = field.char_indices().next_back().map_or(0, |(at, _)| at);
    let padding = (field.len() - field.trim_start_matches(['0', ' ']).len()).min(last);
    match flag {
        Some('-') => field[padding..].to_owned(),
        Some('_') => " ".repeat(padding) + &field[padding..],
        Some('^') => field.to_uppercase(),
        _ => field.to_owned(),
    }
}

fn field(date: Date, letter: char) -> Option<String> {
    let month = MONTHS[usize::from(date.month.clamp(1, 12)) - 1];
    let weekday = weekday(date);
    let day = DAYS[weekday];
    let whole = |layout| Some(format(date, layout));
    Some(match letter {
        'Y' => format!("{}", date.year),
        'C' => format!("{:02}", date.year / 100),
        'y' => format!("{:02}", date.year % 100),
        'm' => format!("{:02}", date.month),
        'd' => format!("{:02}", date.day),
        'e' => format!("{:2}", date.day),
        'j' => format!("{:03}", day_of_year(date)),
        'B' => month.to_owned(),
        'b' | 'h' => month[..3].to_owned(),
        'A' => day.to_owned(),
        'a' => day[..3].to_owned(),
        'w' => weekday.to_string(),
        'u' => (if weekday == 0 { 7 } else { weekday }).to_string(),
        'U' => format!("{:02}", week(date, weekday)),
        'W' => format!("{:02}", week(date, (weekday + 6) % 7)),
        'V' => format!("{:02}", iso_week(date).1),
        'G' => iso_week(date).0.to_string(),
        'g' => format!("{:02}", iso_week(date).0 % 100),
        'H' | 'M' | 'S' => "00".to_owned(),
        'I' | 'l' => "12".to_owned(),
        'k' => " 0".to_owned(),
        'f' => "000000".to_owned(),
        'p' => "AM".to_owned(),
        'P' => "am".to_owned(),
        'z' | 'Z' => String::new(),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        'c' => return whole("%a %b %e %H:%M:%S %Y"),
        'D' | 'x' => return whole("%m/%d/%y"),
        'F' => return whole("%Y-%m-%d"),
        'R' => return whole("%H:%M"),
        'r' => return whole("%I:%M:%S %p"),
        'T' | 'X' => return whole("%H:%M:%S"),
        _ => return None,
    })
}

/// The week of the year, counted from the first day that begins one; `weekday` is how far the day is into its week.
fn week(date: Date, weekday: usize) -> usize {
    (usize::from(day_of_year(date)) + 6 - weekday) / 7
}

/// Year and week by ISO 8601: the week that a Thursday lies in.
fn iso_week(date: Date) -> (u16, u16) {
    let weeks = |year: u16| {
        // Days fall alike every 400 years, and there is no year before the first.
        let ends_on = |year| weekday(Date { year, month: 12, day: 31 });
        if ends_on(year + 400) == 4 || ends_on(year + 399) == 3 { 53 } else { 52 }
    };
    let monday_is_1 = u16::try_from((weekday(date) + 6) % 7).unwrap_or_default() + 1;
    match (day_of_year(date) + 10 - monday_is_1) / 7 {
        0 => (date.year - 1, weeks(date.year - 1)),
        week if week > weeks(date.year) => (date.year + 1, 1),
        week => (date.year, week),
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
