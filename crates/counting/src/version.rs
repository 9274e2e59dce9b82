//! A format version as a whole: how it is read, and what holds between its fields.

use entity::enums::ActivityKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::field::{Field, FieldSource, FieldType, Measure};
use super::rules::Rules;

/// One version of Bufdir's format. It never changes once stored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatVersion {
    /// Its name, which reports, generations and exports refer to; `2024-v2`.
    pub version: String,
    /// The basis years that it holds for.
    pub basis_years: BasisYears,
    /// Its fields, in the order in which files show them.
    pub fields: Vec<Field>,
    /// How activity-days are counted.
    pub rules: Rules,
    /// SHA-256 of the canonical JSON of fields and rules; the database's.
    #[serde(skip)]
    pub rules_hash: Vec<u8>,
}

/// Years, both inclusive; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasisYears {
    /// The first basis year.
    pub from: i32,
    /// The last one, unless the version still holds.
    pub to: Option<i32>,
}

/// Why a version cannot be read: it asks for something that this program doesn't know. The database refuses what is
/// wrong in any program's eyes (`format_version_valid`).
#[derive(Debug, thiserror::Error)]
pub enum UnreadableFormat {
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
    #[error("the field id {0:?} is not of letters and digits")]
    FieldId(String),
    #[error("the field {0} is a sum of what is not counted before it as a whole number")]
    Sum(String),
}

impl FormatVersion {
    /// Reads a document as `migration/formats/` has them.
    ///
    /// # Errors
    ///
    /// What in it this program doesn't understand.
    pub fn read(document: Json, rules_hash: Vec<u8>) -> Result<Self, UnreadableFormat> {
        let format = Self {
            rules_hash,
            ..serde_json::from_value(document)?
        };
        for (position, field) in format.fields.iter().enumerate() {
            if field.id.is_empty() || !field.id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(UnreadableFormat::FieldId(field.id.clone()));
            }
            let FieldSource::Computed(parts) = &field.source else {
                continue;
            };
            let can_be_added = |part: &String| {
                let before = format.fields[..position].iter().find(|before| before.id == *part);
                before.is_some_and(|before| before.kind == FieldType::Integer && before.is_counted())
            };
            if parts.is_empty() || !parts.iter().all(can_be_added) {
                return Err(UnreadableFormat::Sum(field.id.clone()));
            }
        }
        Ok(format)
    }

    /// The field of that id, if the version has it.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Fields whose values come from the activities, sums included.
    pub fn counted_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_counted())
    }

    /// What a field adds up: its own measure, or those of a sum's parts. Nothing where no activity yields it.
    #[must_use]
    pub fn measures(&self, field: &Field) -> Vec<Measure> {
        match &field.source {
            FieldSource::Counted(measure) => vec![*measure],
            FieldSource::Computed(parts) => parts
                .iter()
                .filter_map(|part| self.field(part))
                .flat_map(|part| self.measures(part))
                .collect(),
            FieldSource::Organization(_) | FieldSource::Period(_) | FieldSource::Typed => Vec::new(),
        }
    }

    /// Whether a field's value is a number of persons, or contains one.
    #[must_use]
    pub fn counts_persons(&self, field: &Field) -> bool {
        self.measures(field).into_iter().any(Measure::counts_persons)
    }

    /// Whether figures agree with one another and with the number of counted days: each sum is that of its parts, and a
    /// field that adds up the days of every counted kind has their number.
    #[must_use]
    pub fn adds_up(&self, figures: &Map<String, Json>, counted_days: i64) -> bool {
        let value = |id: &str| figures.get(id).and_then(Json::as_i64);
        self.fields.iter().all(|field| {
            let is_sum = match &field.source {
                FieldSource::Computed(parts) => {
                    let sum = parts.iter().map(|part| value(part)).sum::<Option<i64>>();
                    sum.is_some() && value(&field.id) == sum
                }
                _ => true,
            };
            is_sum && (!self.is_control_total(field) || value(&field.id) == Some(counted_days))
        })
    }

    /// Whether it adds up the days of every counted kind, each once. Days of a kind that doesn't count are none.
    fn is_control_total(&self, field: &Field) -> bool {
        let mut measures = self.measures(field);
        measures.sort_unstable();
        let are_days_added_once = measures.windows(2).all(|pair| pair[0] != pair[1])
            && measures
                .iter()
                .all(|measure| Measure::OF_DAYS.iter().any(|(of_days, _)| of_days == measure));
        let is_held = |kind: &ActivityKind| {
            let mut days = Measure::OF_DAYS.iter().filter(|(_, of)| of == kind).peekable();
            days.peek().is_some() && days.all(|(of_days, _)| measures.contains(of_days))
        };
        !measures.is_empty() && are_days_added_once && self.rules.kinds.keys().all(is_held)
    }
}

impl Field {
    fn is_counted(&self) -> bool {
        matches!(self.source, FieldSource::Counted(_) | FieldSource::Computed(_))
    }
}
