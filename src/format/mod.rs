//! Bufdir's format, versioned: which fields a report has, and by which rules activities are counted.
//!
//! A version is data. To add one, write `migration/formats/VERSION.json` and append it to the list of migrations; it is
//! then chosen for the basis years that it names. Code is needed only for a counted field of a new meaning
//! (`fields.rs`, `sql/figures.sql`) or a rule of a new sort (`version.rs`, `sql/verdicts.sql`, docs/counting.md).

pub mod breakdown;
mod counting;
mod fields;
mod store;
mod version;

pub use breakdown::{Breakdown, Breakdowns};
pub use counting::{Counted, CountedPeriod, Drift, drift, freeze, preview};
pub use store::{find, for_basis_year, list};
pub use version::{
    ActivePeerRule, BasisYears, Field, FieldSource, FieldType, FormatVersion, KindRules, Label, Rules, WarningRules,
};
