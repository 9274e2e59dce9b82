//! Norway's counties (fylker): the one list of their names, and which were there when. `app.is_county`
//! (`migration/sql/0002_people.up.sql`) has the names once more, to hold them in the database; a test compares the two.
//!
//! Source: Statistics Norway, standard for county numbering, Klass 104 (ssb.no/klass/klassifikasjoner/104), versions of
//! 1972, 2018, 2020 and 2024. Counties change with the turn of a year.

use chrono::{Datelike, NaiveDate};

/// A county as long as it had its number.
#[derive(Debug)]
pub struct County {
    /// Its number in the standard. One that was formed anew, or came back, has a new one.
    pub number: &'static str,
    /// The Norwegian name alone: the spelling that is stored.
    pub name: &'static str,
    /// Its names in Sámi and Kven, which stand beside the Norwegian one.
    other_names: &'static [&'static str],
    first_year: i32,
    last_year: i32,
    /// The larger county that it was joined to, or came from.
    part_of: Option<&'static str>,
}

const fn county(number: &'static str, name: &'static str, first_year: i32, last_year: i32) -> County {
    County {
        number,
        name,
        other_names: &[],
        first_year,
        last_year,
        part_of: None,
    }
}

impl County {
    const fn part_of(self, larger: &'static str) -> Self {
        Self {
            part_of: Some(larger),
            ..self
        }
    }

    const fn also(self, other_names: &'static [&'static str]) -> Self {
        Self { other_names, ..self }
    }

    fn is_of(&self, year: i32) -> bool {
        (self.first_year..=self.last_year).contains(&year)
    }
}

const EVER: i32 = i32::MIN;
const OPEN: i32 = i32::MAX;

/// All counties since 1972, by number.
pub const COUNTIES: [County; 33] = [
    county("01", "Østfold", EVER, 2019).part_of("Viken"),
    county("02", "Akershus", EVER, 2019).part_of("Viken"),
    county("03", "Oslo", EVER, OPEN).also(&["Oslove"]),
    county("04", "Hedmark", EVER, 2019).part_of("Innlandet"),
    county("05", "Oppland", EVER, 2019).part_of("Innlandet"),
    county("06", "Buskerud", EVER, 2019).part_of("Viken"),
    county("07", "Vestfold", EVER, 2019).part_of("Vestfold og Telemark"),
    county("08", "Telemark", EVER, 2019).part_of("Vestfold og Telemark"),
    county("09", "Aust-Agder", EVER, 2019).part_of("Agder"),
    county("10", "Vest-Agder", EVER, 2019).part_of("Agder"),
    county("11", "Rogaland", EVER, OPEN),
    county("12", "Hordaland", EVER, 2019).part_of("Vestland"),
    county("14", "Sogn og Fjordane", EVER, 2019).part_of("Vestland"),
    county("15", "Møre og Romsdal", EVER, OPEN),
    county("16", "Sør-Trøndelag", EVER, 2017).part_of("Trøndelag"),
    county("17", "Nord-Trøndelag", EVER, 2017).part_of("Trøndelag"),
    county("18", "Nordland", EVER, OPEN).also(&["Nordlánnda", "Nordlánda"]),
    county("19", "Troms", EVER, 2019).part_of(TROMS_OG_FINNMARK).also(TROMS),
    county("20", "Finnmark", EVER, 2019)
        .part_of(TROMS_OG_FINNMARK)
        .also(FINNMARK),
    county("30", "Viken", 2020, 2023),
    county("31", "Østfold", 2024, OPEN).part_of("Viken"),
    county("32", "Akershus", 2024, OPEN).part_of("Viken"),
    county("33", "Buskerud", 2024, OPEN).part_of("Viken"),
    county("34", "Innlandet", 2020, OPEN),
    county("38", "Vestfold og Telemark", 2020, 2023),
    county("39", "Vestfold", 2024, OPEN).part_of("Vestfold og Telemark"),
    county("40", "Telemark", 2024, OPEN).part_of("Vestfold og Telemark"),
    county("42", "Agder", 2020, OPEN),
    county("46", "Vestland", 2020, OPEN),
    county("50", "Trøndelag", 2018, OPEN).also(&["Trööndelage"]),
    county("54", TROMS_OG_FINNMARK, 2020, 2023).also(&["Romsa ja Finnmárku", "Tromssa ja Finmarkku"]),
    county("55", "Troms", 2024, OPEN).part_of(TROMS_OG_FINNMARK).also(TROMS),
    county("56", "Finnmark", 2024, OPEN)
        .part_of(TROMS_OG_FINNMARK)
        .also(FINNMARK),
];
const TROMS_OG_FINNMARK: &str = "Troms og Finnmark";
const TROMS: &[&str] = &["Romsa", "Tromssa"];
const FINNMARK: &[&str] = &["Finnmárku", "Finnmárkku", "Finmarkku"];

/// The county's one spelling for what people write: its name in any case, with or without `fylke`, its double name
/// (`Troms – Romsa – Tromssa`), or its number. Of whatever time.
///
/// # Errors
/// Words that tell which counties there are.
pub fn known(text: &str) -> Result<&'static str, String> {
    let named = COUNTIES.iter().find(|county| county.is_meant_by(text));
    named
        .map(|county| county.name)
        .ok_or_else(|| unknown(text, COUNTIES.iter().filter(|county| county.last_year == OPEN)))
}

/// The same among the counties that there were on the day.
///
/// # Errors
/// Words that tell what to write instead.
pub fn on(day: NaiveDate, text: &str) -> Result<&'static str, String> {
    let of_the_day = || COUNTIES.iter().filter(|county| county.is_of(day.year()));
    if let Some(county) = of_the_day().find(|county| county.is_meant_by(text)) {
        return Ok(county.name);
    }
    let Ok(name) = known(text) else {
        return Err(unknown(text, of_the_day()));
    };
    let instead = of_the_day().filter(|county| is_part(county.name, name) || is_part(name, county.name));
    Err(format!("\"{name}\" was no county on {day}: write {}", names(instead)))
}

/// The county of the day in which all of the named one lay: itself, or the larger one that it was part of.
pub fn around(day: NaiveDate, name: &str) -> Option<&'static str> {
    let mut of_the_day = COUNTIES.iter().filter(|county| county.is_of(day.year()));
    of_the_day
        .find(|county| county.name == name || is_part(name, county.name))
        .map(|county| county.name)
}

fn is_part(smaller: &str, larger: &str) -> bool {
    COUNTIES
        .iter()
        .any(|county| county.name == smaller && county.part_of == Some(larger))
}

fn unknown(text: &str, counties: impl Iterator<Item = &'static County>) -> String {
    format!("\"{text}\" is no county: write {}", names(counties))
}

fn names(counties: impl Iterator<Item = &'static County>) -> String {
    let names: Vec<_> = counties.map(|county| county.name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

impl County {
    /// Each part of a double name has to be a name of this county.
    fn is_meant_by(&self, text: &str) -> bool {
        let text = text.to_lowercase().replace('&', " og ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.strip_suffix(" fylkeskommune").unwrap_or(&text);
        let text = text.strip_suffix(" fylke").unwrap_or(text);
        let text = text.replace(" - ", "/");
        text.split(['/', '–', '—', '|']).all(|part| self.is_called(part.trim()))
    }

    fn is_called(&self, lower_case: &str) -> bool {
        let mut names = self.other_names.iter().chain([&self.name]);
        names.any(|name| name.to_lowercase() == lower_case)
            || self.number.trim_start_matches('0') == lower_case.trim_start_matches('0')
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 5, 17).unwrap()
    }

    #[rstest]
    #[case(2017, 19)]
    #[case(2018, 18)]
    #[case(2019, 18)]
    #[case(2020, 11)]
    #[case(2023, 11)]
    #[case(2024, 15)]
    #[case(2026, 15)]
    fn each_year_has_its_counties(#[case] year: i32, #[case] number: usize) {
        let of_the_year: Vec<_> = COUNTIES.iter().filter(|county| county.is_of(year)).collect();
        let names: BTreeSet<_> = of_the_year.iter().map(|county| county.name).collect();
        assert_eq!((of_the_year.len(), names.len()), (number, number));
    }

    #[rstest]
    #[case("Oslo", "Oslo")]
    #[case("OSLO", "Oslo")]
    #[case("oslo  fylke", "Oslo")]
    #[case("Oslo - Oslove", "Oslo")]
    #[case("Troms – Romsa – Tromssa", "Troms")]
    #[case("Troms - Romsa - Tromssa fylke", "Troms")]
    #[case("Trøndelag/Trööndelage", "Trøndelag")]
    #[case("Nordland - Nordlánnda", "Nordland")]
    #[case("MØRE & ROMSDAL", "Møre og Romsdal")]
    #[case("Akershus fylkeskommune", "Akershus")]
    #[case("3", "Oslo")]
    #[case("03", "Oslo")]
    #[case("32", "Akershus")]
    fn a_county_has_one_spelling(#[case] text: &str, #[case] name: &str) {
        assert_eq!(on(day(2025), text), Ok(name));
    }

    #[rstest]
    #[case("Osslo", "\"Osslo\" is no county: write Oslo, Rogaland, Møre og Romsdal")]
    #[case("Oslo/Viken", "\"Oslo/Viken\" is no county")]
    #[case(
        "Viken",
        "\"Viken\" was no county on 2025-05-17: write Østfold, Akershus or Buskerud"
    )]
    #[case("Hordaland", "\"Hordaland\" was no county on 2025-05-17: write Vestland")]
    #[case("0", "\"0\" is no county")]
    fn what_is_no_county_of_the_day_is_told_so(#[case] text: &str, #[case] reason: &str) {
        let said = on(day(2025), text).unwrap_err();
        assert!(said.starts_with(reason), "{said}");
    }

    #[rstest]
    #[case(2023, "Akershus", Some("Viken"))]
    #[case(2024, "Akershus", Some("Akershus"))]
    #[case(2019, "Akershus", Some("Akershus"))]
    #[case(2024, "Viken", None)]
    #[case(2019, "Vestland", None)]
    #[case(2017, "Trøndelag", None)]
    #[case(2022, "Nord-Trøndelag", Some("Trøndelag"))]
    #[case(2022, "nowhere", None)]
    fn a_county_lies_in_one_of_another_time(#[case] year: i32, #[case] name: &str, #[case] around_it: Option<&str>) {
        assert_eq!(around(day(year), name), around_it);
    }

    /// Whoever wrote what is refused is always told something to write.
    #[test]
    fn every_name_can_be_written_in_every_year_or_has_a_substitute() {
        for year in 2015..2027 {
            for county in &COUNTIES {
                if let Err(reason) = on(day(year), county.name) {
                    assert!(!reason.ends_with("write "), "{reason}");
                }
            }
        }
    }
}
