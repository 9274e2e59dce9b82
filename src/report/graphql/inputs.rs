//! What the mutations take.

use async_graphql::{ID, InputObject, MaybeUndefined, OneofObject};
use entity::enums::{ExportFormat, Language, ScopeLevel, WarningCode};
use serde_json::{Value as Json, json};

use crate::kernel::scalar::{Date, Decimal};

/// A new period.
#[derive(InputObject)]
pub struct CreateReportPeriodInput {
    /// What to call it, in 200 characters at most.
    pub name: String,
    /// The first local date (Europe/Oslo), inclusive.
    pub first_date: Date,
    /// The last local date, inclusive, in the same calendar year.
    pub last_date: Date,
}

/// Changes to a period; what is left out stays.
#[derive(InputObject)]
pub struct UpdateReportPeriodInput {
    /// The period's id.
    pub id: ID,
    /// What to call it, in 200 characters at most.
    pub name: Option<String>,
    /// The first local date; a period that has a report keeps it.
    pub first_date: Option<Date>,
    /// The last local date; a period that has a report keeps it.
    pub last_date: Option<Date>,
}

/// Figures typed in for a period.
#[derive(InputObject)]
pub struct SetPeriodFiguresInput {
    /// The period's id.
    pub report_period_id: ID,
    /// The figures, each field once; those left out stay.
    pub figures: Vec<PeriodFigureInput>,
}

/// One figure.
#[derive(InputObject)]
pub struct PeriodFigureInput {
    /// Bufdir's id of the field, such as OR01.
    pub field: String,
    /// The value; null takes the figure back.
    pub value: Option<FigureValueInput>,
}

/// A figure's value, as its field's type asks.
#[derive(OneofObject)]
pub enum FigureValueInput {
    /// A whole number.
    Integer(i64),
    /// A number with two decimals at most.
    Decimal(Decimal),
    /// A text of 500 characters at most.
    Text(String),
    /// An attachment.
    Document(DocumentInput),
}

impl FigureValueInput {
    /// As it is stored.
    pub fn into_json(self) -> Json {
        match self {
            Self::Integer(number) => number.into(),
            Self::Decimal(number) => number.0.to_string().into(),
            Self::Text(text) => text.into(),
            Self::Document(document) => json!({"reference": document.reference, "sha256": document.sha256}),
        }
    }
}

/// An attachment that the organization keeps.
#[derive(InputObject)]
pub struct DocumentInput {
    /// Where it is, or what it is called, in 500 characters at most.
    pub reference: String,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: Option<String>,
}

/// The period to report on.
#[derive(InputObject)]
pub struct GenerateReportInput {
    /// The period's id.
    pub report_period_id: ID,
    /// Free text for Bufdir, 20,000 characters at most.
    pub notes: Option<String>,
}

/// The report whose failed generation is asked for anew.
#[derive(InputObject)]
pub struct RetryReportInput {
    /// The report's id.
    pub report_id: ID,
}

/// The report to generate once more.
#[derive(InputObject)]
pub struct RegenerateReportInput {
    /// The report's id.
    pub report_id: ID,
}

/// The exported report to open for a further generation.
#[derive(InputObject)]
pub struct ReopenReportInput {
    /// The report's id.
    pub report_id: ID,
    /// Why, in 1,000 characters at most; it stands in the trail.
    pub reason: String,
}

/// New notes.
#[derive(InputObject)]
pub struct UpdateReportNotesInput {
    /// The report's id.
    pub report_id: ID,
    /// Free text for Bufdir, 20,000 characters at most; null takes it away. Left out, nothing changes.
    pub notes: MaybeUndefined<String>,
}

/// What to export, and how.
#[derive(InputObject)]
pub struct ExportReportInput {
    /// The report's id.
    pub report_id: ID,
    /// The file's format.
    pub format: ExportFormat,
    /// NATIONAL is the report; REGION and LOCAL are working papers of one unit with all below it.
    #[graphql(default_with = "ScopeLevel::National")]
    pub scope_level: ScopeLevel,
    /// The unit of a working paper.
    pub scope_unit_id: Option<ID>,
    /// The file's language.
    #[graphql(default_with = "Language::Nb")]
    pub language: Language,
    /// Warnings that you have read and accept, by code. What has changed since the generation is measured at each national
    /// export, and accepted anew whenever it is no longer what was accepted before.
    #[graphql(default)]
    pub accepted_warnings: Vec<WarningCode>,
}

/// The confirmation that a report was handed in.
#[derive(InputObject)]
pub struct ConfirmSubmissionInput {
    /// The report's id.
    pub report_id: ID,
    /// The export that was handed in; the latest complete national one when left out.
    pub export_operation_id: Option<ID>,
    /// The reference that Bufdir's portal gave, 1 to 200 characters.
    pub reference: Option<String>,
}
