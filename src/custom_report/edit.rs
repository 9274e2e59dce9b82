//! Defining custom reports: create, update, duplicate, transfer, delete. Whatever is saved is checked first.

use chrono::{DateTime, Utc};
use entity::enums::{AuditAction, CustomOutputFormat, Language};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::trail::{describe, difference};
use super::{DateRange, Definition, Record, check_ids, schedule, store, stored, valid};
use crate::custom_report::{rights, rules};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::{day_end_utc, day_start_utc};

/// In characters.
pub(super) const MAX_NAME_LENGTH: usize = 200;
/// In characters.
pub(super) const MAX_DESCRIPTION_LENGTH: usize = 5000;

/// A definition to be.
#[derive(Clone, Debug)]
pub struct NewCustomReport {
    pub name: String,
    pub description: Option<String>,
    pub definition: Definition,
    pub date_range: DateRange,
    pub output_format: CustomOutputFormat,
    pub language: Language,
    /// Five-field cron, local time; none for a report that runs when somebody asks.
    pub schedule: Option<String>,
}

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DefinitionChanges {
    pub name: Option<String>,
    /// `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    pub definition: Option<Definition>,
    pub date_range: Option<DateRange>,
    pub output_format: Option<CustomOutputFormat>,
    pub language: Option<Language>,
    /// `Some(None)` takes it away; `Some(Some(_))` sets it and, where failures switched it off, switches it on.
    pub schedule: Option<Option<String>>,
    /// When the definition had last changed as the caller read it.
    pub expected_updated_at: Option<DateTime<Utc>>,
}

/// Defines a report; gives its id.
///
/// # Errors
///
/// `org_admin_only_create`, `name_not_empty`, `custom_report_name_length`, `custom_report_description_length`,
/// `valid_cron_expression`, those of [`valid::check`], and not found for an id that the organization
/// does not have.
pub async fn create(scope: WriteScope, new: NewCustomReport) -> Result<Uuid> {
    scope.actor().require(rights::EDIT_CUSTOM_REPORTS)?;
    check(&scope, &new.definition).await?;
    let record = draft(&scope, new)?;
    store::insert(&scope, &record).await?;
    let message = format!("Defined the custom report \"{}\".", record.name);
    let entry = entry(AuditAction::CustomReportCreated, &record, message);
    scope
        .commit([entry.with(json!({ "definition": describe(&record)? }))])
        .await?;
    Ok(record.id)
}

/// Changes a definition.
///
/// # Errors
///
/// Those of [`create`]; not found; `custom_report_stays_deleted`; `custom_report_changed_meanwhile` where it is not what
/// the caller read.
pub async fn update(scope: WriteScope, id: Uuid, changes: DefinitionChanges) -> Result<()> {
    scope.actor().require(rights::EDIT_CUSTOM_REPORTS)?;
    let before = lock_active(&scope, id).await?;
    if changes
        .expected_updated_at
        .is_some_and(|expected| expected != before.updated_at)
    {
        return Err(Error::rule(rules::CUSTOM_REPORT_CHANGED_MEANWHILE));
    }
    if let Some(definition) = &changes.definition {
        check(&scope, definition).await?;
    }
    let mut after = before.clone();
    apply(&mut after, changes, scope.now())?;
    store::save(&scope, &after).await?;
    let changed = difference(&describe(&before)?, &describe(&after)?);
    let message = match changed.keys().cloned().collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "Saved the custom report unchanged.".to_owned(),
        names => format!("Changed the custom report's {names}."),
    };
    let entry = entry(AuditAction::CustomReportUpdated, &after, message);
    scope.commit([entry.with(json!({ "changes": changed }))]).await
}

/// Copies a definition, a deleted one too, without its schedule, for the caller; gives the copy's id.
///
/// # Errors
///
/// Those of [`create`]; not found; that of [`stored::check`], with the fault's path in the stored definition, where this
/// version does not understand it.
pub async fn duplicate(scope: WriteScope, id: Uuid, name: Option<String>) -> Result<Uuid> {
    scope.actor().require(rights::EDIT_CUSTOM_REPORTS)?;
    let original = store::lock(&scope, id).await?;
    let new = NewCustomReport {
        name: name.unwrap_or_else(|| name_of_copy(&original)),
        description: original.description.clone(),
        definition: stored::check(&original)?.into_definition(),
        date_range: stored::date_range(&original)?,
        output_format: original.output_format,
        language: original.language,
        schedule: None,
    };
    let record = draft(&scope, new)?;
    store::insert(&scope, &record).await?;
    let message = format!("Copied the custom report \"{}\" to \"{}\".", original.name, record.name);
    let entry = entry(AuditAction::CustomReportDuplicated, &record, message);
    let details = json!({ "definition": describe(&record)?, "copied_from": id });
    scope.commit([entry.with(details)]).await?;
    Ok(record.id)
}

/// Hands a definition over: from now on it is this person's, and its schedule runs as them.
///
/// # Errors
///
/// `org_admin_only_create`, `custom_report_stays_deleted`, not found, and `custom_report_owner_is_staff` unless the person
/// is another active coordinator or org admin.
pub async fn transfer(scope: WriteScope, id: Uuid, person: Uuid) -> Result<()> {
    scope.actor().require(rights::EDIT_CUSTOM_REPORTS)?;
    let before = lock_active(&scope, id).await?;
    let is_staff = store::is_staff(&scope, person)
        .await?
        .ok_or_else(|| Error::NotFound("person").at("input.personId"))?;
    if !is_staff || person == before.created_by_user_id {
        return Err(Error::rule(rules::CUSTOM_REPORT_OWNER_IS_STAFF).at("input.personId"));
    }
    let after = Record {
        created_by_user_id: person,
        created_under_support_access_id: None,
        ..before.clone()
    };
    store::save(&scope, &after).await?;
    let message = format!("Handed over the custom report \"{}\".", after.name);
    let entry = entry(AuditAction::CustomReportTransferred, &after, message);
    let details = json!({ "from_user_id": before.created_by_user_id, "to_user_id": person });
    scope.commit([entry.with(details)]).await
}

/// Deletes a definition: it runs no more and can no longer be changed, and its runs stay.
///
/// # Errors
///
/// `org_admin_only_create`, `custom_report_stays_deleted`, not found.
pub async fn delete(scope: WriteScope, id: Uuid) -> Result<()> {
    scope.actor().require(rights::EDIT_CUSTOM_REPORTS)?;
    let record = Record {
        is_active: false,
        next_run_at: None,
        ..lock_active(&scope, id).await?
    };
    store::save(&scope, &record).await?;
    let message = format!("Deleted the custom report \"{}\".", record.name);
    scope
        .commit([entry(AuditAction::CustomReportDeleted, &record, message)])
        .await
}

async fn lock_active(scope: &WriteScope, id: Uuid) -> Result<Record> {
    let record = store::lock(scope, id).await?;
    if record.is_active {
        Ok(record)
    } else {
        Err(Error::rule(rules::CUSTOM_REPORT_STAYS_DELETED))
    }
}

async fn check(scope: &WriteScope, definition: &Definition) -> Result<()> {
    let checked = async {
        let checked = valid::check(definition)?;
        check_ids(scope, &checked).await
    };
    checked.await.map_err(|error| error.below("input.definition"))
}

/// A new row of the caller's.
fn draft(scope: &WriteScope, new: NewCustomReport) -> Result<Record> {
    let actor = scope.actor();
    let mut record = Record {
        id: scope.new_id(),
        organization_id: scope.organization(),
        created_by_user_id: actor.person()?,
        created_under_support_access_id: actor.support_access_id,
        name: new.name.clone(),
        description: None,
        report_type: new.definition.report_type,
        filters: None,
        groupings: None,
        columns: Json::Null,
        output_format: new.output_format,
        date_range_type: new.date_range.range_type(),
        date_from: None,
        date_to: None,
        is_scheduled: false,
        schedule_cron: None,
        last_run_at: None,
        last_run_status: None,
        last_run_row_count: None,
        last_output_file_url: None,
        is_active: true,
        created_at: scope.now(),
        updated_at: scope.now(),
        language: new.language,
        next_run_at: None,
        schedule_failures: 0,
        schedule_disabled_reason: None,
    };
    let changes = DefinitionChanges {
        name: Some(new.name),
        description: Some(new.description),
        definition: Some(new.definition),
        date_range: Some(new.date_range),
        schedule: Some(new.schedule),
        ..DefinitionChanges::default()
    };
    apply(&mut record, changes, scope.now())?;
    Ok(record)
}

fn apply(record: &mut Record, changes: DefinitionChanges, now: DateTime<Utc>) -> Result<()> {
    if let Some(name) = changes.name {
        record.name = check_name(&name)?;
    }
    if let Some(description) = changes.description {
        record.description = check_description(description)?;
    }
    if let Some(definition) = changes.definition {
        record.report_type = definition.report_type;
        record.filters = Some(as_json(&definition.filters)?);
        record.groupings = Some(as_json(&definition.groupings)?);
        record.columns = as_json(&definition.columns)?;
    }
    if let Some(range) = changes.date_range {
        record.date_range_type = range.range_type();
        let fixed = range.fixed();
        record.date_from = fixed.map(|dates| day_start_utc(dates.from));
        record.date_to = fixed.map(|dates| day_end_utc(dates.to));
    }
    record.output_format = changes.output_format.unwrap_or(record.output_format);
    record.language = changes.language.unwrap_or(record.language);
    match changes.schedule {
        Some(wanted) => reschedule(record, wanted, now),
        None => Ok(()),
    }
}

/// Sets or takes away the schedule. One that stays as it is keeps its due time.
fn reschedule(record: &mut Record, wanted: Option<String>, now: DateTime<Utc>) -> Result<()> {
    let schedule = wanted.map(|cron| schedule::parse(&cron)).transpose();
    let schedule = schedule.map_err(|error| error.at("input.schedule"))?;
    let cron = schedule.as_ref().map(|schedule| schedule.expression().to_owned());
    if record.is_scheduled && record.schedule_cron == cron {
        return Ok(());
    }
    record.next_run_at = match &schedule {
        Some(schedule) => {
            stored::check(record)?;
            schedule.next_after(now)
        }
        None => None,
    };
    record.is_scheduled = cron.is_some();
    record.schedule_cron = cron;
    record.schedule_failures = 0;
    record.schedule_disabled_reason = None;
    Ok(())
}

fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    let rule = match name.chars().count() {
        _ if !valid::is_on_one_line(name) => rules::TEXT_ON_ONE_LINE,
        0 => rules::NAME_NOT_EMPTY,
        1..=MAX_NAME_LENGTH => return Ok(name.to_owned()),
        _ => rules::CUSTOM_REPORT_NAME_LENGTH,
    };
    Err(Error::rule(rule).at("input.name"))
}

fn check_description(description: Option<String>) -> Result<Option<String>> {
    let description = description.filter(|text| !text.trim().is_empty());
    match &description {
        Some(text) if text.chars().count() > MAX_DESCRIPTION_LENGTH => {
            Err(Error::rule(rules::CUSTOM_REPORT_DESCRIPTION_LENGTH).at("input.description"))
        }
        _ => Ok(description),
    }
}

fn name_of_copy(original: &Record) -> String {
    let suffix = match original.language {
        Language::Nb => " (kopi)",
        Language::En => " (copy)",
    };
    let kept = original.name.chars().take(MAX_NAME_LENGTH - suffix.len());
    kept.chain(suffix.chars()).collect()
}

fn as_json(value: &impl Serialize) -> Result<Json> {
    serde_json::to_value(value).map_err(Error::internal)
}

fn entry(action: AuditAction, record: &Record, message: String) -> AuditEntry {
    AuditEntry::new(action, "custom_report", record.id, message)
}
