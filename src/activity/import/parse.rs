//! Values as people write them in spreadsheets. Each parser takes a cell that is trimmed and not empty, and answers with
//! the value or with what is wrong, in words that follow the column's name.

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What is wrong with a cell.
pub type Reason = String;

/// An ISO date (`2024-05-17`) or a Norwegian one (`17.05.2024`, `17.5.24`: of this century).
pub fn date(text: &str) -> Result<NaiveDate, Reason> {
    if text.contains('/') {
        return Err(format!("\"{text}\" is ambiguous: write 2024-05-17 or 17.05.2024"));
    }
    let (separator, iso) = if text.contains('-') { ('-', true) } else { ('.', false) };
    let unreadable = || format!("\"{text}\" is not a date: write 2024-05-17 or 17.05.2024");
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, month, last] = parts[..] else {
        return Err(unreadable());
    };
    let (year, day) = if iso { (first, last) } else { (last, first) };
    let year = match (year.len(), iso) {
        (4, _) => digits(year),
        (2, false) => digits(year).map(|year| 2000 + year),
        _ => None,
    };
    let (Some(year), Some(month), Some(day)) = (year, one_or_two(month), one_or_two(day)) else {
        return Err(unreadable());
    };
    if !(1900..2100).contains(&year) {
        return Err(format!("\"{text}\" lies in no year that can be meant"));
    }
    let year = i32::try_from(year).map_err(|_| unreadable())?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| format!("\"{text}\" is not in the calendar"))
}

/// `18:30`, `18.30`, `18:30:00`, or the hour alone (`18`).
pub fn time(text: &str) -> Result<NaiveTime, Reason> {
    let unreadable = || format!("\"{text}\" is not a time of day: write 18:30");
    let parts: Vec<&str> = text.split([':', '.']).collect();
    let (hour, minute, second) = match parts[..] {
        [hour] => (hour, "00", "00"),
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return Err(unreadable()),
    };
    let two = |part: &str| (part.len() == 2).then(|| digits(part)).flatten();
    let (Some(hour), Some(minute), Some(second)) = (one_or_two(hour), two(minute), two(second)) else {
        return Err(unreadable());
    };
    NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(unreadable)
}

/// A number with a decimal comma or point; no thousands separator, which would make `1.250` two numbers.
pub fn decimal(text: &str) -> Result<Decimal, Reason> {
    let unreadable = || format!("\"{text}\" is not a number: write 1,5");
    let well_formed = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '-'))
        && text.matches([',', '.']).count() <= 1
        && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.ends_with(|c: char| c.is_ascii_digit());
    if !well_formed {
        return Err(unreadable());
    }
    text.replace(',', ".").parse().map_err(|_| unreadable())
}

/// A whole number of minutes within a day.
pub fn minutes(text: &str) -> Result<i32, Reason> {
    let minutes = decimal(text)?;
    let whole = minutes.is_integer().then(|| minutes.to_i32()).flatten();
    let whole = whole.ok_or_else(|| format!("\"{text}\" is not a whole number of minutes"))?;
    within_a_day(whole, text)
}

/// Hours as `1,5` or `1:30`, in minutes; a fraction of a minute is rounded to the nearest.
pub fn hours(text: &str) -> Result<i32, Reason> {
    if let Some((hours, minutes)) = text.split_once(':') {
        let minutes = (minutes.len() == 2)
            .then(|| digits(minutes))
            .flatten()
            .filter(|minutes| *minutes < 60);
        let (Some(hours), Some(minutes)) = (one_or_two(hours), minutes) else {
            return Err(format!("\"{text}\" is not a duration: write 1,5 or 1:30"));
        };
        return within_a_day((hours * 60 + minutes).to_i32().unwrap_or(i32::MAX), text);
    }
    let minutes = decimal(text)?.checked_mul(Decimal::from(60));
    within_a_day(
        minutes.and_then(|minutes| minutes.round().to_i32()).unwrap_or(i32::MAX),
        text,
    )
}

fn within_a_day(minutes: i32, text: &str) -> Result<i32, Reason> {
    if (0..=1440).contains(&minutes) {
        return Ok(minutes);
    }
    Err(format!("\"{text}\" is not within a day (0 to 24 hours)"))
}

/// A number of people.
pub fn people(text: &str) -> Result<i32, Reason> {
    let number = text.parse().ok().filter(|number| (0..=100_000).contains(number));
    number
        .filter(|_| !text.starts_with('+'))
        .ok_or_else(|| format!("\"{text}\" is not a number of people (0 to 100000)"))
}

/// An ISO country code; `Norge` and `Norway` are `NO`.
pub fn country(text: &str) -> Result<String, Reason> {
    let code = text.to_uppercase();
    match code.as_str() {
        "NORGE" | "NOREG" | "NORWAY" => Ok("NO".to_owned()),
        _ if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(code),
        _ => Err(format!(
            "\"{text}\" is not a country's two-letter code: write NO, SE ..."
        )),
    }
}

/// An e-mail address, in lower case as accounts have it.
pub fn email(text: &str) -> Result<String, Reason> {
    let email = text.to_lowercase();
    let valid = email
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && !email.contains(char::is_whitespace);
    if valid {
        Ok(email)
    } else {
        Err(format!("\"{text}\" is not an e-mail address"))
    }
}

/// A list separated by `,` or `|` (and `;` where the cell is quoted), without empty items.
pub fn list(text: &str) -> Vec<&str> {
    text.split([',', '|', ';'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect()
}

/// A text of at most so many characters.
pub fn text(most: usize) -> impl Fn(&str) -> Result<String, Reason> {
    move |text| {
        let length = text.chars().count();
        if length > most {
            return Err(format!("has {length} characters; {most} are the most"));
        }
        Ok(text.to_owned())
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn one_or_two(text: &str) -> Option<u32> {
    matches!(text.len(), 1 | 2).then(|| digits(text)).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};
    use rstest::rstest;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[rstest]
    #[case("2024-05-17", day(2024, 5, 17))]
    #[case("17.05.2024", day(2024, 5, 17))]
    #[case("17.5.24", day(2024, 5, 17))]
    #[case("1.1.2023", day(2023, 1, 1))]
    #[case("29.02.2024", day(2024, 2, 29))]
    fn dates(#[case] text: &str, #[case] expected: NaiveDate) {
        assert_eq!(date(text), Ok(expected));
    }

    #[rstest]
    #[case::ambiguous("05/06/2024")]
    #[case::no_such_day("31.04.2024")]
    #[case::no_leap_year("29.02.2023")]
    #[case::month_first("05.17.2024")]
    #[case::short_iso("24-05-17")]
    #[case::serial("45429")]
    #[case::year_of_three_digits("17.05.202")]
    #[case::implausible("17.05.3024")]
    #[case::with_time("2024-05-17T10:00")]
    #[case::words("17. mai 2024")]
    #[case::sign("+7.05.2024")]
    fn no_dates(#[case] text: &str) {
        assert!(date(text).unwrap_err().contains(text));
    }

    #[rstest]
    #[case("18:30", 18, 30)]
    #[case("18.30", 18, 30)]
    #[case("9:05", 9, 5)]
    #[case("08:00:00", 8, 0)]
    #[case("18", 18, 0)]
    fn times(#[case] text: &str, #[case] hour: u32, #[case] minute: u32) {
        assert_eq!(time(text), Ok(NaiveTime::from_hms_opt(hour, minute, 0).unwrap()));
    }

    #[rstest]
    #[case("24:00")]
    #[case("18:60")]
    #[case("18:3")]
    #[case("half six")]
    #[case("18:30:00:00")]
    fn no_times(#[case] text: &str) {
        assert!(time(text).is_err());
    }

    #[rstest]
    #[case("1,5", 90)]
    #[case("1.5", 90)]
    #[case("1:30", 90)]
    #[case("0,75", 45)]
    #[case("1,33", 80)]
    #[case("24", 1440)]
    #[case("0", 0)]
    fn durations_in_hours(#[case] text: &str, #[case] expected: i32) {
        assert_eq!(hours(text), Ok(expected));
    }

    #[rstest]
    #[case("24,1")]
    #[case("-1")]
    #[case("1:75")]
    #[case("1 250,5")]
    #[case("1,250.5")]
    #[case("1e1")]
    #[case("99999999999999999999999999999999")]
    fn no_durations_in_hours(#[case] text: &str) {
        assert!(hours(text).is_err());
    }

    #[rstest]
    #[case("90", Ok(90))]
    #[case("90,0", Ok(90))]
    #[case("90,5", Err(()))]
    #[case("1441", Err(()))]
    #[case("-5", Err(()))]
    fn durations_in_minutes(#[case] text: &str, #[case] expected: Result<i32, ()>) {
        assert_eq!(minutes(text).map_err(drop), expected);
    }

    #[rstest]
    #[case("Kari@Horsel.example", true)]
    #[case("kari", false)]
    #[case("kari@", false)]
    #[case("kari nordmann@horsel.example", false)]
    #[case("a@b@c", false)]
    fn emails(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(email(text).ok(), valid.then(|| text.to_lowercase()));
    }

    #[rstest]
    #[case("Norge", Ok("NO"))]
    #[case("se", Ok("SE"))]
    #[case("Sverige", Err(()))]
    fn countries(#[case] text: &str, #[case] expected: Result<&str, ()>) {
        assert_eq!(country(text).map_err(drop), expected.map(str::to_owned));
    }

    #[test]
    fn lists_are_split_and_trimmed() {
        assert_eq!(list("K1, K2|K3;; K4 ,"), ["K1", "K2", "K3", "K4"]);
    }

    fn any_date() -> impl Strategy<Value = NaiveDate> {
        (0..36_524_u64).prop_map(|days| day(2000, 1, 1) + chrono::Days::new(days))
    }

    proptest! {
        #[test]
        fn every_date_is_read_as_written(date in any_date()) {
            for format in ["%Y-%m-%d", "%d.%m.%Y", "%-d.%-m.%Y", "%d.%m.%y"] {
                prop_assert_eq!(super::date(&date.format(format).to_string()), Ok(date));
            }
        }

        #[test]
        fn every_decimal_is_read_as_written(mantissa in -9_999_999_i64..9_999_999, scale in 0..5_u32) {
            let number = Decimal::new(mantissa, scale);
            prop_assert_eq!(decimal(&number.to_string()), Ok(number));
            prop_assert_eq!(decimal(&number.to_string().replace('.', ",")), Ok(number));
        }

        #[test]
        fn every_duration_is_read_as_written(minutes in 0..=1440_i32) {
            prop_assert_eq!(super::minutes(&minutes.to_string()), Ok(minutes));
            prop_assert_eq!(hours(&format!("{}:{:02}", minutes / 60, minutes % 60)), Ok(minutes));
        }

        #[test]
        fn no_cell_makes_a_parser_panic(text in "\\PC{1,40}") {
            drop((date(&text), time(&text), hours(&text), minutes(&text), people(&text), email(&text)));
            drop((country(&text), list(&text)));
        }
    }
}
