//! Names that Excel accepts for the sheets of one workbook.

use std::collections::HashSet;

use crate::table::Locale;

/// Excel's limit, in UTF-16 units.
const MAX_UNITS: usize = 31;

/// The names given so far, each once whatever its capital letters.
pub(super) struct SheetNames {
    locale: Locale,
    taken: HashSet<String>,
}

impl SheetNames {
    pub(super) fn new(locale: Locale) -> Self {
        // Excel keeps this name for itself.
        let taken = HashSet::from(["history".to_owned()]);
        Self { locale, taken }
    }

    /// A free name like the wanted one: forbidden characters become hyphens, what is too long is shortened, and a
    /// second sheet of a name gets " (2)".
    pub(super) fn claim(&mut self, wanted: &str) -> String {
        let base = self.cleaned(wanted);
        let mut name = shortened(&base, MAX_UNITS);
        let mut number = 1;
        while !self.taken.insert(name.to_lowercase()) {
            number += 1;
            let suffix = format!(" ({number})");
            name = shortened(&base, MAX_UNITS - suffix.len()) + &suffix;
        }
        name
    }

    fn cleaned(&self, wanted: &str) -> String {
        let allowed: String = wanted.chars().map(allowed_or_hyphen).collect();
        let name = allowed.trim().trim_matches('\'');
        if name.is_empty() {
            self.locale.pick("Ark", "Sheet").to_owned()
        } else {
            name.to_owned()
        }
    }
}

/// XML has no place for control characters and the two non-characters.
fn allowed_or_hyphen(character: char) -> char {
    match character {
        '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\u{FFFE}' | '\u{FFFF}' => '-',
        control if control.is_control() => '-',
        other => other,
    }
}

/// As much of a name as fits into so many UTF-16 units, without an apostrophe or white space at its end.
fn shortened(name: &str, units: usize) -> String {
    let mut left = units;
    let fitting = name
        .chars()
        .take_while(|character| {
            let fits = character.len_utf16() <= left;
            left = left.saturating_sub(character.len_utf16());
            fits
        })
        .collect::<String>();
    fitting
        .trim_end_matches(|end: char| end == '\'' || end.is_whitespace())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Aktiviteter 2024", "Aktiviteter 2024")]
    #[case::forbidden("1/2024: [alle]*?\\", "1-2024- -alle----")]
    #[case::quoted("'Lag'", "Lag")]
    #[case::empty("", "Ark")]
    #[case::blank(" ' ", "Ark")]
    #[case::control("a\u{1}b", "a-b")]
    #[case::reserved("History", "History (2)")]
    #[case::long("Ærlig talt en altfor lang overskrift", "Ærlig talt en altfor lang overs")]
    #[case::apostrophe_at_the_cut("Nittentallsmerker og noen flere'r", "Nittentallsmerker og noen flere")]
    fn sheet_name_is_one_that_excel_takes(#[case] wanted: &str, #[case] given: &str) {
        assert_eq!(SheetNames::new(Locale::Nb).claim(wanted), given);
    }

    #[test]
    fn same_name_gets_a_number_whatever_its_case() {
        let mut names = SheetNames::new(Locale::En);
        assert_eq!(names.claim("Østfold"), "Østfold");
        assert_eq!(names.claim("ØSTFOLD"), "ØSTFOLD (2)");
        assert_eq!(names.claim("østfold"), "østfold (3)");
        let long = "a".repeat(40);
        assert_eq!(names.claim(&long), "a".repeat(31));
        assert_eq!(names.claim(&long), "a".repeat(27) + " (2)");
    }

    #[test]
    fn characters_outside_the_basic_plane_count_twice() {
        let name = SheetNames::new(Locale::En).claim(&"🏔".repeat(20));
        assert_eq!(name, "🏔".repeat(15));
    }
}
