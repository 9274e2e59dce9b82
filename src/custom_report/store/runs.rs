//! Runs, and what they leave on their definition.

use async_graphql::SimpleObject;
use chrono::Utc;
use entity::custom_report_runs::{ActiveModel, Column, Entity as CustomReportRuns};
use entity::enums::{CustomOutputFormat, Language, RunStatus, RunTrigger};
use entity::{custom_reports, files};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ColumnTrait, Condition, DerivePartialModel, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use crate::custom_report::LocalDates;
use crate::export::{ExportFailure, StoredFile};
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::kernel::page::{Keyset, Page, PageRequest};
use crate::kernel::scalar::{Date, DateTime, Json};

/// A run of a custom report: asked for, carried out by a job, and ended with a stored file or with the reason why there
/// is none.
#[derive(Clone, Debug, PartialEq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "CustomReportRuns")]
#[graphql(complex)]
pub struct CustomReportRun {
    #[graphql(skip)]
    pub organization_id: Uuid,
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub custom_report_id: Uuid,
    #[graphql(skip)]
    pub requested_by_user_id: Uuid,
    #[graphql(skip)]
    pub support_access_id: Option<Uuid>,
    /// What asked for it.
    pub trigger: RunTrigger,
    /// When the schedule wanted it, UTC; null where a person asked.
    pub due_at: Option<DateTime>,
    /// Where the run stands.
    pub status: RunStatus,
    /// The format of the file.
    #[graphql(name = "format")]
    pub output_format: CustomOutputFormat,
    /// The language of the file.
    pub language: Language,
    /// The first local date that it covers.
    pub date_from: Date,
    /// The last local date that it covers.
    pub date_to: Date,
    /// What was asked, as the definition then stood: `name`, `description`, `report_type`, `filters`, `groupings`,
    /// `columns`.
    pub definition: Json,
    /// Rows written so far, told about every second.
    pub rows_so_far: i32,
    /// Rows in the file; null unless succeeded.
    pub row_count: Option<i32>,
    #[graphql(skip)]
    pub control_totals: Option<Json>,
    #[graphql(skip)]
    pub error_code: Option<String>,
    /// Why it failed, for people; null unless it did.
    pub error_message: Option<String>,
    /// When it was asked for, UTC.
    pub created_at: DateTime,
    /// When a worker first took it up, UTC; null before.
    pub started_at: Option<DateTime>,
    /// When it ended, UTC; null before.
    pub completed_at: Option<DateTime>,
    /// When somebody asked for its end, UTC; null where nobody did.
    pub cancel_requested_at: Option<DateTime>,
    /// The stored file; null unless succeeded. `createDownloadLink` makes an address for it.
    #[sea_orm(nested)]
    pub file: Option<StoredFile>,
}

impl CustomReportRun {
    /// When a worker took it up, or as long as none did, when it was asked for; UTC.
    fn began_at(&self) -> chrono::DateTime<Utc> {
        self.started_at.unwrap_or(self.created_at).0
    }
}

fn runs(scope: &impl Scoped) -> Select<CustomReportRuns> {
    scope.find().left_join(files::Entity)
}

pub async fn find_run(scope: &ReadScope, id: Uuid) -> Result<Option<CustomReportRun>> {
    let rows = runs(scope).filter(Column::Id.eq(id));
    Ok(rows.into_partial_model().one(scope).await?)
}

/// Holds the run's row for this transaction.
pub async fn lock_run(scope: &WriteScope, id: Uuid) -> Result<Option<CustomReportRun>> {
    let mut rows = runs(scope).filter(Column::Id.eq(id));
    QuerySelect::query(&mut rows).lock_with_tables(LockType::Update, [CustomReportRuns]);
    Ok(rows.into_partial_model().one(scope).await?)
}

/// The definition's runs, the newest first.
pub async fn list_runs(scope: &ReadScope, report: Uuid, page: &PageRequest) -> Result<Page<CustomReportRun>> {
    let rows = runs(scope).filter(Column::CustomReportId.eq(report));
    let list = Keyset::by(rows, Column::CreatedAt, Column::Id).descending(true);
    list.fetch(scope, page).await
}

/// A run to be.
pub struct NewRun {
    pub report: Uuid,
    pub trigger: RunTrigger,
    pub due_at: Option<chrono::DateTime<Utc>>,
    pub format: CustomOutputFormat,
    pub language: Language,
    pub dates: LocalDates,
    pub definition: serde_json::Value,
    /// The grant under which it acts.
    pub support_access: Option<Uuid>,
}

/// Whether it was written: a schedule's run is there once for each time that it was due.
pub async fn insert_run(scope: &WriteScope, id: Uuid, new: NewRun) -> Result<bool> {
    let row = ActiveModel {
        id: Set(id),
        custom_report_id: Set(new.report),
        requested_by_user_id: Set(scope.actor().person()?),
        support_access_id: Set(new.support_access),
        trigger: Set(new.trigger),
        due_at: Set(new.due_at),
        status: Set(RunStatus::Pending),
        output_format: Set(new.format),
        language: Set(new.language),
        date_from: Set(new.dates.from),
        date_to: Set(new.dates.to),
        definition: Set(new.definition),
        created_at: Set(scope.now()),
        ..ActiveModel::default()
    };
    let mut due = OnConflict::columns([Column::OrganizationId, Column::CustomReportId, Column::DueAt]);
    let insert = scope.insert(row).on_conflict(due.do_nothing().to_owned());
    Ok(insert.exec_without_returning(scope).await? == 1)
}

/// Shows that a worker has taken the run up, perhaps once more.
pub async fn begin_run(scope: &WriteScope, run: &CustomReportRun) -> Result<()> {
    let started_at = run.started_at.map(|at| at.0);
    let row = ActiveModel {
        status: Set(RunStatus::Running),
        started_at: Set(Some(started_at.unwrap_or(ends_at(scope, run)))),
        rows_so_far: Set(0),
        ..ActiveModel::default()
    };
    save(scope, run, row).await
}

/// Reports how many rows are written; gives whether somebody wants the run to end, or it has ended.
pub async fn report_progress(scope: &WriteScope, run: Uuid, rows: u64) -> Result<bool> {
    let goes_on = Condition::all()
        .add(Column::Id.eq(run))
        .add(Column::Status.eq(RunStatus::Running))
        .add(Column::CancelRequestedAt.is_null());
    let row = ActiveModel {
        rows_so_far: Set(integer(rows)),
        ..ActiveModel::default()
    };
    let update = scope.update::<CustomReportRuns>().set(row).filter(goes_on);
    Ok(update.exec(scope).await?.rows_affected == 0)
}

/// Somebody wants the run to end. One that no worker has taken up ends at once.
pub async fn request_cancellation(scope: &WriteScope, run: &CustomReportRun) -> Result<()> {
    let mut row = ActiveModel {
        cancel_requested_at: Set(Some(scope.now())),
        cancel_requested_by_user_id: Set(Some(scope.actor().person()?)),
        ..ActiveModel::default()
    };
    if run.status == RunStatus::Pending {
        row.status = Set(RunStatus::Cancelled);
        row.completed_at = Set(Some(ends_at(scope, run)));
    }
    save(scope, run, row).await
}

pub async fn succeed_run(
    scope: &WriteScope,
    run: &CustomReportRun,
    file: &StoredFile,
    rows: u64,
    control_totals: serde_json::Value,
) -> Result<()> {
    let row = ActiveModel {
        file_id: Set(Some(file.id)),
        rows_so_far: Set(integer(rows)),
        row_count: Set(Some(integer(rows))),
        control_totals: Set(Some(control_totals)),
        ..ended(scope, run, RunStatus::Succeeded)
    };
    save(scope, run, row).await
}

pub async fn fail_run(scope: &WriteScope, run: &CustomReportRun, failure: &ExportFailure) -> Result<()> {
    let row = ActiveModel {
        error_code: Set(Some(failure.code.as_str().to_owned())),
        error_message: Set(Some(failure.message.clone())),
        ..ended(scope, run, RunStatus::Failed)
    };
    save(scope, run, row).await
}

pub async fn cancel_run(scope: &WriteScope, run: &CustomReportRun) -> Result<()> {
    save(scope, run, ended(scope, run, RunStatus::Cancelled)).await
}

fn ended(scope: &WriteScope, run: &CustomReportRun, status: RunStatus) -> ActiveModel {
    ActiveModel {
        status: Set(status),
        completed_at: Set(Some(ends_at(scope, run))),
        ..ActiveModel::default()
    }
}

/// Now, or where another process's clock is ahead, when the run began.
fn ends_at(scope: &WriteScope, run: &CustomReportRun) -> chrono::DateTime<Utc> {
    scope.now().max(run.began_at())
}

/// Changes a run that this transaction holds.
async fn save(scope: &WriteScope, run: &CustomReportRun, row: ActiveModel) -> Result<()> {
    let update = scope.update::<CustomReportRuns>().set(row);
    scope.update_one(update.filter(Column::Id.eq(run.id))).await
}

/// What came of the latest run. The file stays that of the latest run that has one.
pub async fn record_result(
    scope: &WriteScope,
    run: &CustomReportRun,
    status: RunStatus,
    result: Option<(u64, &StoredFile)>,
) -> Result<()> {
    use custom_reports::Column::{Id, LastRunAt};
    let at = run.began_at();
    let mut row = custom_reports::ActiveModel {
        last_run_at: Set(Some(at)),
        last_run_status: Set(Some(status)),
        last_run_row_count: Set(result.map(|(rows, _)| integer(rows))),
        ..custom_reports::ActiveModel::default()
    };
    if let Some((_, file)) = result {
        row.last_output_file_url = Set(Some(file.storage_key.clone()));
    }
    let is_latest = Condition::any().add(LastRunAt.is_null()).add(LastRunAt.lte(at));
    let update = scope.update::<custom_reports::Entity>().set(row);
    let update = update.filter(Id.eq(run.custom_report_id)).filter(is_latest);
    update.exec(scope).await?;
    Ok(())
}

/// The column holds as many as the database's integers do; a file of more is not to be had.
fn integer(rows: u64) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
