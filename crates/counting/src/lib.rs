//! Bufdir's format, versioned: which fields a report has, by which rules activities are counted, and what a counting
//! yields. Pure: what is stored comes in as JSON, and no statement is here.
//!
//! A version is data (`migration/formats/`), and its JSON Schema says what may stand in it. Code is needed for a value of
//! a new meaning (a [`Measure`], and its column where the counting is done) or a rule of a new sort ([`Rules`]); the
//! schema gets it as well.

mod counted;
mod field;
mod persons;
mod rules;
#[cfg(test)]
mod tests;
mod version;

pub use counted::Counted;
pub use field::{Field, FieldSource, FieldType, Label, Measure, OrganizationFact, PeriodYear};
pub use persons::{FEW_PERSONS, are_few, show_persons};
pub use rules::{ActivePeerRule, KindRules, Rules, WarningRules};
pub use version::{BasisYears, FormatVersion, UnreadableFormat};
