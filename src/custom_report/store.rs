//! The definitions' statements. Every one binds the organization as `$1`.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use entity::enums::CustomReportType;
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Value};
use uuid::Uuid;

use super::Record;
use crate::kernel::db::{ReadScope, WriteScope, scoped};
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::oslo_date;
use crate::kernel::page::{List, Page, PageRequest};

const RECORDS: &str = "select r.* from custom_reports r";

/// Which definitions; what is `None` does not limit it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub active: Option<bool>,
    pub report_type: Option<CustomReportType>,
    pub created_by: Option<Uuid>,
    /// Whether a schedule is on; that of a deleted definition is not.
    pub scheduled: Option<bool>,
    /// The name has this in it, whatever the case of its letters.
    pub name: Option<String>,
}

impl Filter {
    fn condition(&self) -> (String, Vec<Value>) {
        let limits: [(&str, Option<Value>); 5] = [
            ("r.is_active = $", self.active.map(Value::from)),
            ("r.report_type = $", self.report_type.map(|of| of.as_str().into())),
            ("r.created_by_user_id = $", self.created_by.map(Value::from)),
            ("(r.is_scheduled and r.is_active) = $", self.scheduled.map(Value::from)),
            (
                "strpos(lower(r.name), lower($",
                self.name.as_ref().map(|name| name.as_str().into()),
            ),
        ];
        let mut condition = "r.organization_id = $1".to_owned();
        let mut values = Vec::new();
        for (limit, value) in limits {
            if let Some(value) = value {
                values.push(value);
                let closing = if limit.starts_with("strpos") { ")) > 0" } else { "" };
                condition.push_str(&format!(" and {limit}{}{closing}", values.len() + 1));
            }
        }
        (condition, values)
    }
}

/// What definitions can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum CustomReportOrderField {
    /// By name, in Norwegian alphabetical order.
    #[default]
    Name,
    /// By the time when they were defined.
    CreatedAt,
    /// By the time of their latest change.
    UpdatedAt,
}

pub async fn list(
    scope: &ReadScope,
    filter: &Filter,
    order: CustomReportOrderField,
    descending: bool,
    page: &PageRequest,
) -> Result<Page<QueryResult>> {
    let (condition, values) = filter.condition();
    let key = match order {
        CustomReportOrderField::Name => ("r.name collate app.norwegian", "text"),
        CustomReportOrderField::CreatedAt => ("r.created_at", "timestamptz"),
        CustomReportOrderField::UpdatedAt => ("r.updated_at", "timestamptz"),
    };
    let list = List {
        select: RECORDS,
        filter: condition,
        values,
        key,
        id: "r.id",
        descending,
    };
    list.fetch(scope, page).await
}

pub async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<Record>> {
    let sql = format!("{RECORDS} where r.organization_id = $1 and r.id = $2");
    let row = scope.row(&sql, [id.into()]).await?;
    row.map(|row| record(&row)).transpose()
}

/// The definition, held until the end of the transaction; an error where there is none.
pub async fn lock(scope: &WriteScope, id: Uuid) -> Result<Record> {
    let sql = format!("{RECORDS} where r.organization_id = $1 and r.id = $2 for update");
    let row = scope.row(&sql, [id.into()]).await?;
    record(&row.ok_or(Error::NotFound("custom report"))?)
}

pub fn record(row: &QueryResult) -> Result<Record> {
    Ok(Record::from_query_result(row, "")?)
}

/// Writes a new definition; its times are the database's.
pub async fn insert(scope: &WriteScope, record: &Record) -> Result<()> {
    let sql =
        "insert into custom_reports (organization_id, id, created_by_user_id, created_under_support_access_id, name,
            description, report_type, filters, groupings, columns, output_format, language, date_range_type, date_from,
            date_to, is_scheduled, schedule_cron, next_run_at, schedule_failures, schedule_disabled_reason, is_active,
            created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, app.day_start($14), app.day_end($15), $16, $17,
            $18, $19, $20, $21, app.now(), app.now())";
    one(scope.run(sql, values(record)).await?)
}

/// Writes what a person may change of a definition.
pub async fn save(scope: &WriteScope, record: &Record) -> Result<()> {
    let sql = "update custom_reports set created_by_user_id = $3, created_under_support_access_id = $4, name = $5,
            description = $6, report_type = $7, filters = $8, groupings = $9, columns = $10, output_format = $11,
            language = $12, date_range_type = $13, date_from = app.day_start($14), date_to = app.day_end($15),
            is_scheduled = $16, schedule_cron = $17, next_run_at = $18, schedule_failures = $19,
            schedule_disabled_reason = $20, is_active = $21
        where organization_id = $1 and id = $2";
    one(scope.run(sql, values(record)).await?)
}

fn values(record: &Record) -> [Value; 20] {
    let local = |instant: Option<DateTime<Utc>>| instant.map(oslo_date);
    [
        record.id.into(),
        record.created_by_user_id.into(),
        record.created_under_support_access_id.into(),
        record.name.as_str().into(),
        record.description.clone().into(),
        record.report_type.as_str().into(),
        record.filters.clone().into(),
        record.groupings.clone().into(),
        record.columns.clone().into(),
        record.output_format.as_str().into(),
        record.language.as_str().into(),
        record.date_range_type.as_str().into(),
        local(record.date_from).into(),
        local(record.date_to).into(),
        record.is_scheduled.into(),
        record.schedule_cron.clone().into(),
        record.next_run_at.into(),
        record.schedule_failures.into(),
        record.schedule_disabled_reason.clone().into(),
        record.is_active.into(),
    ]
}

/// A policy that hides a row makes an update touch none, and says nothing.
fn one(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::internal(format!(
            "{rows} definitions were written instead of one"
        )))
    }
}

/// Whether someone of the organization is an active coordinator or org admin; nothing where the organization has no such
/// person.
pub async fn is_staff(scope: &WriteScope, person: Uuid) -> Result<Option<bool>> {
    let sql = "select app.has_reporting_role($1, m.user_id) as is_staff from memberships m
        where m.organization_id = $1 and m.user_id = $2";
    let row = scope.row(sql, [person.into()]).await?;
    Ok(row.map(|row| row.try_get("", "is_staff")).transpose()?)
}

/// The names of those units that are the organization's.
pub async fn unit_names(
    scope: &impl ConnectionTrait,
    organization: Uuid,
    units: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, String>> {
    let sql = "select id, name from organizational_units where organization_id = $1 and id = any($2)";
    names(scope, organization, sql, units).await
}

/// The names of those people that are, or were, the organization's.
pub async fn people_names(
    scope: &impl ConnectionTrait,
    organization: Uuid,
    people: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, String>> {
    let sql = "select u.id, u.name from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.user_id = any($2)";
    names(scope, organization, sql, people).await
}

async fn names(
    scope: &impl ConnectionTrait,
    organization: Uuid,
    sql: &str,
    wanted: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, String>> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = wanted.into_iter().collect();
    let rows = scope.query_all_raw(scoped(sql, organization, [ids.into()])).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "id")?, row.try_get("", "name")?)))
        .collect()
}
