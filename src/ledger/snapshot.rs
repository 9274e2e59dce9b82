//! What a ledger export shows: the period as the activities are now, counted in one snapshot.

use entity::enums::{Language, Verdict};
use render::{Cell, Cover, RENDERER_VERSION, Sheet};
use serde_json::{Map, Value as Json, json};

use super::store;
use crate::export::{Document, ExportFailure, ExportOperation, FailureCode, locale};
use crate::format::Breakdowns;
use crate::kernel::db::{ReadScope, canonical_hash};
use crate::kernel::error::Error;
use crate::report::sheets::{self, Words};
use crate::report::{self, Preview};

/// A file's content, and what the record's metadata says of it.
pub struct Snapshot {
    pub document: Document,
    pub metadata: Json,
}

/// Counts the operation's period in its scope. The control totals agree, or there is no file.
pub async fn take(
    scope: &ReadScope,
    operation: &ExportOperation,
    codes: Vec<String>,
) -> Result<Snapshot, ExportFailure> {
    let preview = report::preview(scope, operation.report_period_id, operation.scope_id).await?;
    if operation.format_version.as_deref() != Some(preview.version.version.as_str()) {
        let message = "The format version of the period's year is another by now. Export again.";
        return Err(ExportFailure::permanent(FailureCode::MappingIncomplete, message));
    }
    let unit = match operation.scope_id {
        Some(unit) => Some(store::unit_name(scope, unit).await?),
        None => None,
    };
    let parts = report::breakdowns(scope, &preview, operation.scope_id).await?;
    let figures = figures(&preview, unit.is_some());
    let totals = totals(&preview, &parts)?;
    let data = json!({
        "figures": figures, "totals": totals, "days_by_verdict": preview.findings.counted.days_by_verdict,
    });
    let content = Content {
        data_hash: canonical_hash(scope, data).await?,
        snapshot_at: scope.now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        is_test: scope.actor().is_test_organization,
        words: Words::of(operation.language),
        preview,
        parts,
        unit,
        figures,
        codes,
    };
    Ok(Snapshot {
        metadata: content.metadata(&totals),
        document: content.document(operation.language)?,
    })
}

/// By field id. A unit has what is counted; what is typed in is the organization's.
fn figures(preview: &Preview, of_unit: bool) -> Map<String, Json> {
    if of_unit {
        preview.findings.counted.figures.clone()
    } else {
        preview.findings.data.clone()
    }
}

/// Counted days are the same by verdict, by month, unit and kind, and in the figures that Bufdir gets.
fn totals(preview: &Preview, parts: &Breakdowns) -> Result<Json, ExportFailure> {
    let counted = &preview.findings.counted;
    let days: i64 = counted.days_by_verdict.values().sum();
    let counting = counted.days_by_verdict.get(&Verdict::Counted).copied().unwrap_or(0);
    if !parts.add_up_to(counting) || !preview.version.adds_up(&counted.figures, counting) {
        tracing::error!(counting, "the control totals of a ledger's file disagree");
        return Err(ExportFailure::permanent(
            FailureCode::AggregationFailed,
            "The file's control totals disagree. Nothing was exported; tell whoever runs the service.",
        ));
    }
    Ok(json!({
        "activities": counted.activity_count, "participants": counted.participant_count,
        "volunteers": counted.volunteer_count, "hours": counted.total_hours.to_string(),
        "activity_days": days, "counted_days": counting,
    }))
}

struct Content {
    preview: Preview,
    parts: Breakdowns,
    /// The unit's name, of a regional or local export.
    unit: Option<String>,
    figures: Map<String, Json>,
    codes: Vec<String>,
    snapshot_at: String,
    data_hash: Vec<u8>,
    is_test: bool,
    words: Words,
}

impl Content {
    fn metadata(&self, totals: &Json) -> Json {
        let warnings = self.preview.warnings.iter().map(|warning| {
            json!({
                "code": warning.code.as_str(), "message_nb": warning.message_nb, "message_en": warning.message_en,
                "details": warning.details,
            })
        });
        json!({
            "snapshot_at": self.snapshot_at,
            "rules_hash": hex::encode(&self.preview.version.rules_hash),
            "data_hash": hex::encode(&self.data_hash),
            "renderer_version": RENDERER_VERSION,
            "warnings": warnings.collect::<Vec<_>>(),
            "control_totals": totals,
        })
    }

    fn document(&self, language: Language) -> Result<Document, ExportFailure> {
        let words = self.words;
        let counted = &self.preview.findings.counted;
        let sheets = self.sheets();
        let name = words.pick("Bufdir-eksport", "Bufdir export");
        let title = format!("{name} {} – {}", self.preview.period.name, self.place());
        let data_hash = self.data_hash.as_slice().try_into();
        Ok(Document {
            cover: Cover {
                title: title.clone(),
                organization: self.preview.findings.organization_name.clone(),
                facts: self.facts(),
                notes: String::new(),
                json_members: Map::new(),
                locale: locale(language),
                watermark: sheets::watermark(self.is_test, self.unit.is_none(), words),
            },
            file_stem: title,
            long_form: sheets::long_form(&sheets, words),
            sheets,
            activity_count: counted.activity_count,
            participant_count: counted.participant_count,
            data_hash: data_hash.map_err(|_| Error::internal("a data hash of another length"))?,
        })
    }

    fn place(&self) -> &str {
        self.unit.as_deref().unwrap_or(&self.preview.findings.organization_name)
    }

    fn sheets(&self) -> Vec<Sheet> {
        let no_figures = Map::new();
        let year_before = self.preview.findings.year_before.as_ref().and_then(Json::as_object);
        let year_before = year_before.unwrap_or(&no_figures);
        let mut verdicts: Vec<(String, i64)> = self
            .preview
            .findings
            .counted
            .days_by_verdict
            .iter()
            .map(|(verdict, days)| (verdict.as_str().to_owned(), *days))
            .collect();
        verdicts.sort();
        let mut sheets = vec![sheets::figures(
            &self.preview.version,
            &self.figures,
            year_before,
            self.unit.is_none(),
            self.words,
        )];
        sheets.extend(sheets::breakdowns(&self.parts, self.words));
        sheets.push(sheets::not_counted(&verdicts, self.words));
        sheets.push(sheets::record(self.facts(), self.numbers(&verdicts), self.words));
        sheets
    }

    /// What the file is: its snapshot's time, and neither the export's id nor its time, which are in the record.
    fn facts(&self) -> Vec<(String, String)> {
        let (words, period) = (self.words, &self.preview.period);
        let scope = match &self.unit {
            Some(unit) => unit.clone(),
            None => words.pick("Hele organisasjonen", "The whole organization").to_owned(),
        };
        let mut facts = vec![
            (
                words.pick("Organisasjon", "Organization"),
                self.preview.findings.organization_name.clone(),
            ),
            (words.pick("Omfang", "Scope"), scope),
            (words.pick("Periode", "Period"), period.name.clone()),
            (words.pick("Fra og med", "From"), period.first_date.0.to_string()),
            (words.pick("Til og med", "To"), period.last_date.0.to_string()),
            (
                words.pick("Formatversjon", "Format version"),
                self.preview.version.version.clone(),
            ),
            (words.pick("Talt opp (UTC)", "Counted (UTC)"), self.snapshot_at.clone()),
            (
                words.pick("SHA-256 av dataene", "SHA-256 of the data"),
                hex::encode(&self.data_hash),
            ),
            (
                words.pick("SHA-256 av reglene", "SHA-256 of the rules"),
                hex::encode(&self.preview.version.rules_hash),
            ),
            (
                words.pick("Filoppsett", "Renderer version"),
                RENDERER_VERSION.to_owned(),
            ),
        ];
        if !self.codes.is_empty() {
            facts.push((
                words.pick("Tilskuddsreferanser", "Grant references"),
                self.codes.join(", "),
            ));
        }
        facts
            .into_iter()
            .map(|(label, fact)| (label.to_owned(), fact))
            .collect()
    }

    /// An organization's totals are official and whole; a unit's few people are not shown.
    fn numbers(&self, verdicts: &[(String, i64)]) -> Vec<(&'static str, Cell)> {
        let counted = &self.preview.findings.counted;
        let people = |number: i32| match self.unit {
            Some(_) => sheets::persons(number.into()),
            None => Cell::Integer(number.into()),
        };
        let days = verdicts.iter().map(|(_, days)| days).sum();
        let counting = counted.days_by_verdict.get(&Verdict::Counted).copied().unwrap_or(0);
        vec![
            (
                self.words.pick("Aktiviteter som er tatt med", "Activities included"),
                Cell::Integer(counted.activity_count.into()),
            ),
            (
                self.words.pick(
                    "Deltakere (ulike, identifiserte)",
                    "Participants (distinct, identified)",
                ),
                people(counted.participant_count),
            ),
            (
                self.words.pick("Likepersoner (ulike)", "Peer mentors (distinct)"),
                people(counted.volunteer_count),
            ),
            (
                self.words.pick("Timer i alt", "Hours in all"),
                sheets::hours(counted.total_hours),
            ),
            (
                self.words
                    .pick("Kontrollsum: aktivitetsdager", "Control total: activity-days"),
                Cell::Integer(days),
            ),
            (
                self.words
                    .pick("Kontrollsum: tellende dager", "Control total: counted days"),
                Cell::Integer(counting),
            ),
        ]
    }
}
