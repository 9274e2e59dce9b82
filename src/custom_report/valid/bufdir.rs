//! What names Bufdir's data: its tables, their columns, its fields. Refused as such, so that nobody looks for a misspelling.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use entity::{
    activities, activity_days, bufdir_export_audit_log, bufdir_exports, bufdir_reports, contacts, custom_reports,
    frozen_days, frozen_unit_figures, memberships, organizational_units, organizations, period_figures,
    report_generations, report_periods, report_warnings, users,
};
use sea_orm::{EntityTrait, IdenStatic, Iterable};

use crate::custom_report::source::DataSource;

/// What names of tables and columns are made of, in names that are none themselves.
const WORDS: [&str; 14] = [
    "bufdir",
    "report",
    "reports",
    "generation",
    "generations",
    "frozen",
    "verdict",
    "verdicts",
    "counted",
    "figure",
    "figures",
    "submission",
    "export",
    "exports",
];

/// Tables and columns that Bufdir's data alone has: those of its tables, without what other tables or the whitelist have as
/// well, such as `created_at`.
static NAMES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let mut names = BTreeSet::new();
    add_names::<bufdir_reports::Entity>(&mut names);
    add_names::<report_generations::Entity>(&mut names);
    add_names::<report_periods::Entity>(&mut names);
    add_names::<report_warnings::Entity>(&mut names);
    add_names::<period_figures::Entity>(&mut names);
    add_names::<frozen_days::Entity>(&mut names);
    add_names::<frozen_unit_figures::Entity>(&mut names);
    add_names::<bufdir_exports::Entity>(&mut names);
    add_names::<bufdir_export_audit_log::Entity>(&mut names);
    let mut others: BTreeSet<_> = DataSource::all()
        .flat_map(|source| &source.fields)
        .map(|field| field.key)
        .collect();
    add_names::<activities::Entity>(&mut others);
    add_names::<activity_days::Entity>(&mut others);
    add_names::<contacts::Entity>(&mut others);
    add_names::<custom_reports::Entity>(&mut others);
    add_names::<memberships::Entity>(&mut others);
    add_names::<organizational_units::Entity>(&mut others);
    add_names::<organizations::Entity>(&mut others);
    add_names::<users::Entity>(&mut others);
    names.difference(&others).copied().collect()
});

fn add_names<E: EntityTrait>(names: &mut BTreeSet<&'static str>)
where
    E::Column: Iterable,
{
    names.insert(E::default().table_name());
    names.extend(E::Column::iter().map(|column| column.as_str()));
}

/// Whether a key names one of Bufdir's tables, columns or fields (`VE03`), schema and dots included, however its words are
/// joined.
pub(super) fn names_bufdir_data(key: &str) -> bool {
    let key = in_snake_case(key);
    let mut names = key.split(|next: char| !next.is_alphanumeric() && next != '_');
    let mut words = key.split(|next: char| !next.is_alphanumeric());
    names.any(|name| NAMES.contains(name)) || words.any(|word| WORDS.contains(&word) || is_field_code(word))
}

/// `bufdirReports` as `bufdir_reports`.
fn in_snake_case(key: &str) -> String {
    let mut written = String::with_capacity(key.len());
    let mut within_small = false;
    for letter in key.chars() {
        if letter.is_uppercase() && within_small {
            written.push('_');
        }
        within_small = letter.is_lowercase();
        written.extend(letter.to_lowercase());
    }
    written
}

fn is_field_code(word: &str) -> bool {
    let (letters, digits) = word.split_at(word.find(|next: char| next.is_ascii_digit()).unwrap_or(word.len()));
    letters.len() == 2 && digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("volunteer_count")]
    #[case("total_hours")]
    #[case("format_version")]
    #[case("bufdir_format_version")]
    #[case("bufdirReports")]
    #[case("public.frozen_days.activity_date")]
    #[case("participantCount")]
    #[case("content_hash")]
    #[case("ve03")]
    fn a_name_of_bufdirs_tables_is_known(#[case] key: &str) {
        assert!(names_bufdir_data(key), "{NAMES:?}");
    }

    #[rstest]
    #[case("salary")]
    #[case("created_at")]
    #[case("organization_id")]
    #[case("users.email")]
    fn what_others_have_too_is_merely_unknown(#[case] key: &str) {
        assert!(!names_bufdir_data(key), "{NAMES:?}");
    }

    #[test]
    fn nothing_of_the_whitelist_is_bufdirs() {
        for field in DataSource::all().flat_map(|source| &source.fields) {
            assert!(!names_bufdir_data(field.key), "{}", field.key);
        }
    }
}
