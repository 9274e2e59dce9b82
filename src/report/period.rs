//! Report periods, and the figures that no activity yields.

use std::collections::HashSet;

use chrono::NaiveDate;
use counting::{Field, FieldSource, FieldType};
use entity::enums::AuditAction;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::store::{self, ReportPeriod};
use crate::format;
use crate::format::rules::FORMAT_VERSION_COVERS_BASIS_YEAR;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
use crate::report::{rights, rules};

/// A figure's text, or a document's reference, in characters.
const MAX_TEXT_LENGTH: usize = 500;

/// Adds a period of local dates (Europe/Oslo), both inclusive.
pub async fn create(scope: WriteScope, name: &str, first_date: NaiveDate, last_date: NaiveDate) -> Result<Uuid> {
    scope.actor().require(rights::EDIT_PERIODS)?;
    check_dates(first_date, last_date)?;
    let id = scope.new_id();
    store::insert_period(&scope, id, name.trim(), first_date, last_date)
        .await
        .map_err(|error| error.at("input.name"))?;
    let entry = AuditEntry::new(
        AuditAction::ReportPeriodCreated,
        "report_period",
        id,
        format!("Created the period {first_date} to {last_date}."),
    )
    .with(json!({"first_date": first_date, "last_date": last_date}));
    scope.commit([entry]).await?;
    Ok(id)
}

/// Renames a period or moves its dates, which a period that has a report keeps.
pub async fn update(
    scope: WriteScope,
    id: Uuid,
    name: Option<&str>,
    first_date: Option<NaiveDate>,
    last_date: Option<NaiveDate>,
) -> Result<()> {
    scope.actor().require(rights::EDIT_PERIODS)?;
    let period = store::lock_period(&scope, id).await?;
    let name = name.map_or(period.name.as_str(), str::trim);
    let first_date = first_date.unwrap_or(period.first_date.0);
    let last_date = last_date.unwrap_or(period.last_date.0);
    check_dates(first_date, last_date)?;
    store::update_period(&scope, id, name, first_date, last_date)
        .await
        .map_err(|error| error.at("input.name"))?;
    let entry = AuditEntry::new(
        AuditAction::ReportPeriodUpdated,
        "report_period",
        id,
        format!("Changed the period to {first_date} to {last_date}."),
    )
    .with(json!({"first_date": first_date, "last_date": last_date}));
    scope.commit([entry]).await
}

/// The database holds the same rules; here they name the field.
fn check_dates(first_date: NaiveDate, last_date: NaiveDate) -> Result<()> {
    use chrono::Datelike;
    if last_date < first_date {
        return Err(Error::rule(rules::PERIOD_START_BEFORE_END).at("input.lastDate"));
    }
    if first_date.year() != last_date.year() {
        return Err(Error::rule(rules::PERIOD_WITHIN_ONE_YEAR).at("input.lastDate"));
    }
    Ok(())
}

/// A figure as it is typed in; without a value it is taken back.
pub struct TypedFigure {
    pub field: String,
    pub value: Option<Json>,
}

/// Types figures in, each as a new version. A value that is there already makes none.
pub async fn set_figures(scope: WriteScope, period_id: Uuid, figures: Vec<TypedFigure>) -> Result<()> {
    scope.actor().require(rights::EDIT_PERIODS)?;
    let period = store::lock_period(&scope, period_id).await?;
    let version = format::for_basis_year(&scope, period.basis_year)
        .await?
        .ok_or_else(|| Error::rule(FORMAT_VERSION_COVERS_BASIS_YEAR).at("input.reportPeriodId"))?;
    check_named_once(&figures)?;
    let held = store::latest_figures(&scope, &[period_id]).await?;
    let mut changed = serde_json::Map::new();
    for (position, figure) in figures.into_iter().enumerate() {
        let at = format!("input.figures.{position}");
        let field = version
            .field(&figure.field)
            .filter(|field| field.source == FieldSource::Typed)
            .ok_or_else(|| Error::rule(rules::FIGURE_FIELD_IS_TYPED_IN).at(format!("{at}.field")))?;
        if let Some(value) = &figure.value {
            check_value(field, value).map_err(|error| error.at(format!("{at}.value")))?;
        }
        let latest = held.iter().find(|row| row.field == field.id);
        let before = latest.and_then(|row| row.value.as_ref()).map(|value| &value.0);
        if before == figure.value.as_ref() {
            continue;
        }
        let version = latest.map_or(1, |row| row.version + 1);
        store::insert_figure(&scope, period_id, &field.id, version, figure.value.clone()).await?;
        changed.insert(field.id.clone(), json!({"before": before, "after": figure.value}));
    }
    // Nothing new is recorded as such: whoever typed the figures confirmed them.
    let report = store::reports_of_periods(&scope, &[period_id]).await?.pop();
    let fields = changed.keys().cloned().collect::<Vec<_>>().join(", ");
    let message = if changed.is_empty() {
        "Confirmed the figures unchanged.".into()
    } else {
        format!("Changed figures: {fields}.")
    };
    let mut entry = AuditEntry::new(AuditAction::FiguresChanged, "report_period", period_id, message)
        .with(json!({"figures": changed}));
    entry.report_id = report.map(|report| report.id);
    scope.commit([entry]).await
}

/// Of two values of one field neither would be the one that was meant.
fn check_named_once(figures: &[TypedFigure]) -> Result<()> {
    let mut named = HashSet::new();
    match figures.iter().position(|figure| !named.insert(&figure.field)) {
        Some(second) => Err(Error::rule(rules::FIGURE_FIELD_NAMED_ONCE).at(format!("input.figures.{second}.field"))),
        None => Ok(()),
    }
}

fn check_value(field: &Field, value: &Json) -> Result<()> {
    let fits = match field.kind {
        FieldType::Integer => value.as_i64().is_some_and(|number| (0..=100_000_000).contains(&number)),
        FieldType::Decimal => value.as_str().is_some_and(|text| {
            text.parse::<rust_decimal::Decimal>()
                .is_ok_and(|number| number.scale() <= 2 && !number.is_sign_negative())
        }),
        FieldType::String => value.as_str().is_some_and(is_short_text),
        FieldType::Document => is_document(value),
    };
    if fits {
        return Ok(());
    }
    let wanted = match field.kind {
        FieldType::Integer => "a whole number from 0 to 100,000,000",
        FieldType::Decimal => "a number of two decimals at most, not negative",
        FieldType::String => "a text of 1 to 500 characters",
        FieldType::Document => {
            "a document: its reference of 1 to 500 characters and its SHA-256 as 64 hexadecimal digits"
        }
    };
    Err(Error::rule_because(
        rules::FIGURE_VALUE_FITS_FIELD,
        format!("{} takes {wanted}.", field.id),
    ))
}

fn is_short_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_LENGTH
}

fn is_document(value: &Json) -> bool {
    let reference = value.get("reference").and_then(Json::as_str).is_some_and(is_short_text);
    let hash = match value.get("sha256") {
        None | Some(Json::Null) => true,
        Some(hash) => hash
            .as_str()
            .is_some_and(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())),
    };
    reference && hash
}

/// Whether the period is a whole calendar year.
pub fn is_calendar_year(period: &ReportPeriod) -> bool {
    use chrono::Datelike;
    period.first_date.0.ordinal() == 1 && period.last_date.0.month() == 12 && period.last_date.0.day() == 31
}
