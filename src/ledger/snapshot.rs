//! What a ledger export shows: the period as the activities are now, counted in one snapshot.

use entity::enums::{Language, Verdict};
use render::{Cell, Cover, RENDERER_VERSION, Sheet};
use serde_json::{Map, Value as Json, json};

use super::store;
use crate::export::{Document, ExportFailure, ExportOperation, FailureCode, locale};
use crate::format::Breakdowns;
use crate::kernel::db::{ReadScope, canonical_hash};
use crate::kernel::error::Error;
use crate::report::sheets::{self, FileFacts, Totals};
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
        words: operation.language,
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
    words: Language,
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
        sheets.push(sheets::record(self.facts(), self.numbers(), self.words));
        sheets
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (words, period) = (self.words, &self.preview.period);
        let facts = FileFacts {
            organization: &self.preview.findings.organization_name,
            scope: self.unit.clone().unwrap_or_else(|| sheets::whole_organization(words)),
            period,
            period_name: &period.name,
            format_version: &self.preview.version.version,
            own: vec![(words.pick("Talt opp (UTC)", "Counted (UTC)"), self.snapshot_at.clone())],
            data_hash: &self.data_hash,
            rules_hash: &self.preview.version.rules_hash,
        };
        let mut facts = facts.list(words);
        if !self.codes.is_empty() {
            let label = words.pick("Tilskuddsreferanser", "Grant references");
            facts.push((label.to_owned(), self.codes.join(", ")));
        }
        facts
    }

    fn numbers(&self) -> Vec<(&'static str, Cell)> {
        let counted = &self.preview.findings.counted;
        let totals = Totals {
            is_of_unit: self.unit.is_some(),
            activities: counted.activity_count,
            participants: counted.participant_count,
            volunteers: counted.volunteer_count,
            hours: counted.total_hours,
            pending: counted.pending_activities,
            rejected: counted.rejected_activities,
        };
        totals.list(&self.parts.months, self.words)
    }
}
