//! Values as people write them in spreadsheets. Each parser takes a cell that is trimmed and not empty, and answers with
//! the value or with what is wrong, in words that follow the column's name.

use chrono::{NaiveDate, NaiveTime};
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, Role, UnitLevel};
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

/// Yes or no.
pub fn flag(text: &str) -> Result<bool, Reason> {
    word(
        text,
        &[
            ("ja yes true sann sant x 1 j y", true),
            ("nei no false usann usant 0 n", false),
        ],
    )
}

/// An activity's kind.
pub fn kind(text: &str) -> Result<ActivityKind, Reason> {
    word(
        text,
        &[
            ("oppsøkende outreach besøk samtale", ActivityKind::Outreach),
            ("gruppe group", ActivityKind::Group),
            ("kurs course likepersonskurs", ActivityKind::Course),
            ("annet other", ActivityKind::Other),
        ],
    )
}

/// What a group does.
pub fn group_kind(text: &str) -> Result<GroupKind, Reason> {
    word(
        text,
        &[
            ("samtale samtalegruppe conversation", GroupKind::Conversation),
            ("aktivitet aktivitetsgruppe activity", GroupKind::Activity),
        ],
    )
}

/// How the people met.
pub fn mode(text: &str) -> Result<ActivityMode, Reason> {
    word(
        text,
        &[
            ("fysisk in_person in-person oppmøte", ActivityMode::InPerson),
            ("digitalt digital nett", ActivityMode::Digital),
            ("telefon phone", ActivityMode::Phone),
        ],
    )
}

/// What the coordinator decided.
pub fn status(text: &str) -> Result<ActivityStatus, Reason> {
    word(
        text,
        &[
            ("godkjent approved", ActivityStatus::Approved),
            ("venter pending", ActivityStatus::Pending),
            ("avvist rejected", ActivityStatus::Rejected),
        ],
    )
}

/// Where in the tree a unit stands.
pub fn level(text: &str) -> Result<UnitLevel, Reason> {
    word(
        text,
        &[
            ("nasjonalt national landsledd", UnitLevel::National),
            ("region fylke fylkeslag regionlag", UnitLevel::Region),
            ("lokalt local lokallag", UnitLevel::Local),
        ],
    )
}

/// What a member may do.
pub fn role(text: &str) -> Result<Role, Reason> {
    word(
        text,
        &[
            ("likeperson peer_mentor", Role::PeerMentor),
            ("koordinator coordinator", Role::Coordinator),
            ("administrator org_admin", Role::OrgAdmin),
        ],
    )
}

/// The value whose words (separated by spaces) hold the cell's, whatever its case. The first word is the one to write.
fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Reason> {
    let wanted = text.to_lowercase();
    let found = words
        .iter()
        .find(|(words, _)| words.split(' ').any(|word| word == wanted));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().filter_map(|(words, _)| words.split(' ').next()).collect();
        format!("\"{text}\" is unknown: write {}", known.join(", "))
    })
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
