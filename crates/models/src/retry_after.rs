//! Reads how long a server asks us to wait.

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds to wait: `retry-after-ms`, or `Retry-After` as a number or as a date, which is compared with the
/// response's own date, so that no clock is needed.
pub fn seconds(headers: &HeaderMap) -> Option<f64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let sane = |seconds: &f64| seconds.is_finite() && *seconds >= 0.0;
    let number = |text: &str| text.parse::<f64>().ok().filter(sane);
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Some(milliseconds / 1000.0);
    }
    let value = text(RETRY_AFTER.as_str())?;
    let until = || Some((date(value)? - date(text(DATE.as_str())?)?) as f64);
    number(value).or_else(|| until().filter(sane))
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<i64> {
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|known| *known == name)? as i64 + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let plausible = (1970..10_000).contains(&year) && (1..=31).contains(&day);
    plausible.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)]) -> Option<f64> {
        seconds(&pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn numbers_and_dates_are_read() {
        assert_eq!(wait(&[("retry-after", "3")]), Some(3.0));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(0.5));
        assert_eq!(wait(&[("retry-after", "3"), ("retry-after-ms", "20")]), Some(0.02));
        let dates =
            [("date", "Wed, 28 Feb 2024 23:59:50 GMT"), ("retry-after", "Thu, 29 Feb 2024 00:00:20 GMT")];
        assert_eq!(wait(&dates), Some(30.0));
    }

    #[test]
    fn nonsense_is_no_wait() {
        for value in ["", "soon", "-1", "inf", "NaN", "Thu, 29 Feb 2024 00:00:20 GMT", "Thu, x y z"] {
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn known_dates() {
        // From `date -u -d … +%s` (GNU coreutils 9.1).
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
    }
}
