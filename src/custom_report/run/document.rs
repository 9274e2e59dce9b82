//! What a run's file shows beside its rows: whose report it is, what was asked, of which dates. Nothing of the run itself,
//! so that the same rows make the same file.

use entity::enums::{CustomReportType, Language};
use render::Cover;
use serde_json::{Map, Value as Json, json};

use super::CustomReportRun;
use super::prepared::Prepared;
use super::words::DefinitionWords;
use crate::custom_report::{LocalDates, names};
use crate::export::{StreamedDocument, locale};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::organization::entered_organization;

/// The file of a run whose rows are prepared.
pub(super) async fn of(scope: &ReadScope, run: &CustomReportRun, prepared: &Prepared) -> Result<StreamedDocument> {
    let organization = entered_organization(scope).await?.name;
    let language = run.language;
    let names = names(scope, prepared.checked()).await?;
    let words = DefinitionWords { language, names };
    let LocalDates { from, to } = run.dates();
    let cover = Cover {
        title: run.name().to_owned(),
        facts: facts(run, prepared, &organization, &words),
        notes: run.definition.0["description"].as_str().unwrap_or_default().to_owned(),
        json_members: json_members(run, &organization),
        locale: locale(language),
        watermark: None,
        organization,
    };
    Ok(StreamedDocument {
        file_stem: format!("{} {from} – {to}", run.name()),
        table: prepared.table(),
        cover,
    })
}

fn facts(
    run: &CustomReportRun,
    prepared: &Prepared,
    organization: &str,
    words: &DefinitionWords,
) -> Vec<(String, String)> {
    let language = words.language;
    let LocalDates { from, to } = run.dates();
    let checked = prepared.checked();
    let mut facts = vec![
        (language.pick("Rapport", "Report"), run.name().to_owned()),
        (language.pick("Organisasjon", "Organization"), organization.to_owned()),
        (
            language.pick("Grunnlag", "Data"),
            data(checked.definition().report_type, language).to_owned(),
        ),
        (language.pick("Datoer", "Dates"), format!("{from} – {to}")),
    ];
    for condition in words.conditions(checked.condition.as_ref()) {
        facts.push((language.pick("Filter", "Filter"), condition));
    }
    let groupings: Vec<_> = prepared.groupings().collect();
    if !groupings.is_empty() {
        facts.push((language.pick("Gruppert etter", "Grouped by"), groupings.join(", ")));
    }
    let columns: Vec<_> = checked.columns.iter().map(|column| words.column(column)).collect();
    facts.push((language.pick("Kolonner", "Columns"), columns.join(", ")));
    if let Some(limit) = checked.limit() {
        facts.push((language.pick("Største antall rader", "Rows at most"), limit.to_string()));
    }
    facts
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}

fn json_members(run: &CustomReportRun, organization: &str) -> Map<String, Json> {
    [
        ("organization", json!(organization)),
        ("definition", run.definition.0.clone()),
        ("range", json!({ "from": run.date_from.0, "to": run.date_to.0 })),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect()
}

fn data(report_type: CustomReportType, language: Language) -> &'static str {
    match report_type {
        CustomReportType::Activities => language.pick("Aktivitetsdager", "Activity-days"),
        CustomReportType::PeerMentors => language.pick("Likepersoner", "Peer mentors"),
        CustomReportType::Participants => language.pick("Deltakelser", "Attendances"),
        CustomReportType::Units => language.pick("Enheter", "Units"),
    }
}
