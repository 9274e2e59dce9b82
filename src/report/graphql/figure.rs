//! Figures: Bufdir's fields with their values, and the versions of the format that define them.

use async_graphql::{Enum, Object, SimpleObject};
use counting::{Field, FieldSource, FieldType, FormatVersion};
use entity::enums::Language;
use serde_json::{Map, Value as Json};

use crate::format::StoredVersion;
use crate::kernel::scalar;

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FigureSource {
    /// The organization's record.
    Organization,
    /// The report period.
    Period,
    /// Typed in, by `setPeriodFigures`.
    TypedIn,
    /// Counted from activity-days.
    Counted,
    /// A sum of counted figures.
    Computed,
}

impl From<&FieldSource> for FigureSource {
    fn from(source: &FieldSource) -> Self {
        match source {
            FieldSource::Organization(_) => Self::Organization,
            FieldSource::Period(_) => Self::Period,
            FieldSource::Typed => Self::TypedIn,
            FieldSource::Counted(_) => Self::Counted,
            FieldSource::Computed(_) => Self::Computed,
        }
    }
}

/// What a figure's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FieldType")]
pub enum FigureType {
    /// A text.
    #[graphql(name = "TEXT")]
    String,
    /// A whole number.
    Integer,
    /// A number with two decimals.
    Decimal,
    /// A reference to an attachment, with its SHA-256.
    Document,
}

/// One of Bufdir's fields with its value.
#[derive(Clone, Debug, SimpleObject)]
pub struct Figure {
    /// Bufdir's id of the field, such as AK06.
    pub field: String,
    /// What the field is called, in the language asked for.
    pub label: String,
    /// What its value looks like.
    #[graphql(name = "type")]
    pub kind: FigureType,
    /// The value: digits with a decimal point, or text; of a document its reference. Null when there is none.
    pub value: Option<String>,
    /// The value for the same dates a year earlier, where there is such a report.
    pub year_before: Option<String>,
    /// Whether Bufdir requires it.
    pub required: bool,
    /// Where it comes from.
    pub source: FigureSource,
}

/// All fields of a version, in its order, with the values that `data` has for them.
pub fn figures(
    version: &FormatVersion,
    data: &Map<String, Json>,
    year_before: Option<&Map<String, Json>>,
    language: Language,
) -> Vec<Figure> {
    let field = |field: &Field| Figure {
        field: field.id.clone(),
        label: label(field, language).to_owned(),
        kind: field.kind.into(),
        value: data.get(&field.id).and_then(format_value),
        year_before: year_before.and_then(|data| data.get(&field.id)).and_then(format_value),
        required: field.required,
        source: (&field.source).into(),
    };
    version.fields.iter().map(field).collect()
}

fn label(field: &Field, language: Language) -> &str {
    match language {
        Language::Nb => &field.label.nb,
        Language::En => &field.label.en,
    }
}

fn format_value(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        Json::Object(document) => document.get("reference").and_then(Json::as_str).map(str::to_owned),
        other => Some(other.to_string()),
    }
}

pub struct FormatVersionNode(pub StoredVersion);

/// A version of Bufdir's format: fields and counting rules, valid for a range of basis years. It never changes.
#[Object(name = "FormatVersion")]
impl FormatVersionNode {
    /// The version's name, such as 2024-v2.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// The first basis year that it holds for.
    async fn first_basis_year(&self) -> i32 {
        self.0.basis_years.from
    }

    /// The last basis year that it holds for; null while it is open.
    async fn last_basis_year(&self) -> Option<i32> {
        self.0.basis_years.to
    }

    /// SHA-256 of fields and rules in canonical JSON, hexadecimal.
    async fn rules_hash(&self) -> String {
        hex::encode(&self.0.rules_hash)
    }

    /// Whether this program can read it. One that is too old for a version cannot: figures, previews and exports of it
    /// are refused by `format_version_readable`.
    async fn is_readable(&self) -> bool {
        self.0.is_readable()
    }

    /// The counting rules' parameters (docs/counting.md), as they are stored.
    async fn rules(&self) -> scalar::Json {
        scalar::Json(self.0.rules.clone())
    }

    /// The fields, in Bufdir's order; none of a version that this program cannot read.
    async fn fields(
        &self,
        #[graphql(default_with = "Language::Nb", desc = "The labels' language.")] language: Language,
    ) -> Vec<FormatField> {
        let describe = |field: &Field| FormatField {
            id: field.id.clone(),
            label: label(field, language).to_owned(),
            kind: field.kind.into(),
            required: field.required,
            source: (&field.source).into(),
        };
        let format = self.0.format().ok();
        format.iter().flat_map(|format| &format.fields).map(describe).collect()
    }
}

/// A field of a format version.
#[derive(Clone, Debug, SimpleObject)]
pub struct FormatField {
    /// Bufdir's id of the field.
    pub id: String,
    /// What the field is called, in the language asked for.
    pub label: String,
    /// What its value looks like.
    #[graphql(name = "type")]
    pub kind: FigureType,
    /// Whether Bufdir requires it.
    pub required: bool,
    /// Where its value comes from.
    pub source: FigureSource,
}
