//! What a generation's file shows: its figures, its frozen days by month, unit and kind, and the record of what the
//! file is. All of it was frozen, so that the same generation gives the same file.

use entity::enums::{Language, Verdict};
use render::Cover;

use super::period::is_calendar_year;
use super::sheets;
use super::source::{Extract, Source, load, unmapped};
use super::store::ReportPeriod;
use crate::export::{Document, ExportFailure, FailureCode, locale};
use crate::kernel::db::ReadScope;

/// Makes the file's content. Its control totals agree, or there is no file.
pub async fn document(scope: &ReadScope, extract: Extract) -> Result<Document, ExportFailure> {
    let source = load(scope, extract).await?;
    check_control_totals(&source)?;
    let words = extract.language;
    let test = scope.actor().is_test_organization;
    let sheets = sheets::all(&source, words);
    let long_form = sheets::long_form(&sheets, words);
    let (activity_count, participant_count) = match &source.unit {
        Some(unit) => (unit.activity_count, unit.participant_count),
        None => (source.generation.activity_count, source.generation.participant_count),
    };
    let data_hash = source.generation.data_hash.as_slice();
    Ok(Document {
        file_stem: file_stem(&source, words),
        cover: cover(&source, words, test),
        sheets,
        long_form,
        activity_count,
        participant_count,
        data_hash: data_hash
            .try_into()
            .map_err(|_| unmapped(&"a data hash of another length"))?,
    })
}

/// Months, units and kinds add up to as many counted days as there are, and the figures that Bufdir gets agree with them.
fn check_control_totals(source: &Source) -> Result<(), ExportFailure> {
    let counted = source
        .verdicts
        .iter()
        .find(|(verdict, _)| verdict == Verdict::Counted.as_str());
    let counted = counted.map_or(0, |(_, days)| *days);
    if source.parts.add_up_to(counted) && source.version.adds_up(&source.data, counted) {
        return Ok(());
    }
    tracing::error!(counted, "the control totals of a report's file disagree");
    Err(ExportFailure::permanent(
        FailureCode::AggregationFailed,
        "The file's control totals disagree with the report. Nothing was exported; tell whoever runs the service.",
    ))
}

fn cover(source: &Source, words: Language, test: bool) -> Cover {
    let facts = sheets::report_facts(source, words);
    Cover {
        title: title(source, words),
        organization: source.generation.organization_name.clone(),
        facts,
        notes: source.report.notes.clone().unwrap_or_default(),
        json_members: serde_json::Map::new(),
        locale: locale(words),
        watermark: sheets::watermark(test, source.unit.is_none(), words),
    }
}

fn title(source: &Source, words: Language) -> String {
    let name = words.pick("Rapport om likepersonsarbeid", "Report on peer support");
    let period = &source.generation.period_name;
    match &source.unit {
        Some(unit) => format!("{name} {period} – {}", unit.unit_name),
        None => format!("{name} {period}"),
    }
}

fn file_stem(source: &Source, words: Language) -> String {
    let name = words.pick("Bufdir-rapport", "Bufdir report");
    let generation = &source.generation;
    let place = source
        .unit
        .as_ref()
        .map_or(generation.organization_name.as_str(), |unit| unit.unit_name.as_str());
    format!("{name} {} – {place}", dates(&source.period))
}

/// A whole year by its number, anything else by its dates.
fn dates(period: &ReportPeriod) -> String {
    match is_calendar_year(period) {
        true => period.basis_year.to_string(),
        false => format!("{}–{}", period.first_date.0, period.last_date.0),
    }
}
