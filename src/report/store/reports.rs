//! Statements about reports.

use async_graphql::{Enum, InputObject, SimpleObject};
use entity::bufdir_reports::{ActiveModel, Column, Entity};
use entity::enums::{ExportFormat, ReportStatus};
use entity::report_periods;
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, LockType};
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::ReportPeriod;
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar::DateTime;
use crate::report::status::{self, Transition};

/// An organization's Bufdir report for one period.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "Entity")]
#[graphql(complex)]
pub struct Report {
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub report_period_id: Uuid,
    /// The period's first instant, UTC.
    pub reporting_period_start: DateTime,
    /// The period's last microsecond, UTC.
    pub reporting_period_end: DateTime,
    /// Where it stands; what may be done with it.
    pub status: ReportStatus,
    /// The format version of the current generation, or of the one under way.
    pub bufdir_format_version: String,
    #[graphql(skip)]
    pub current_generation: i32,
    /// Approved activities included, whether they count or not; null before the first generation.
    pub activity_count: Option<i32>,
    /// Distinct identified participants of included activities.
    pub participant_count: Option<i32>,
    /// Distinct peer mentors who led or co-led an included activity.
    pub volunteer_count: Option<i32>,
    #[graphql(skip)]
    pub total_hours: Option<Decimal>,
    /// When the current generation was made, UTC.
    pub generated_at: Option<DateTime>,
    #[graphql(skip)]
    pub generated_by_user_id: Option<Uuid>,
    /// The format of the latest national export.
    pub export_format: Option<ExportFormat>,
    /// When it was exported last, UTC.
    pub exported_at: Option<DateTime>,
    #[graphql(skip)]
    pub exported_by_user_id: Option<Uuid>,
    /// The storage key of the latest national export. It is no address: `createDownloadLink` makes one.
    pub export_file_path: Option<String>,
    /// Why the generation failed; null unless it did.
    pub failure_reason: Option<String>,
    /// Free text for Bufdir. A submitted report may become public: keep personal data out of it.
    pub notes: Option<String>,
    #[graphql(skip)]
    pub requested_by_user_id: Uuid,
    /// When it was asked for first, UTC.
    pub created_at: DateTime,
    /// When it was changed last, UTC.
    pub updated_at: DateTime,
}

/// Which reports are wanted; what is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ReportFilter {
    /// Reports in one of these states; none when the list is empty.
    pub statuses: Option<Vec<ReportStatus>>,
    /// Reports on periods of this basis year.
    pub basis_year: Option<i32>,
}

impl Filter for ReportFilter {
    fn condition(&self, scope: &ReadScope) -> Condition {
        let of_year = |year: i32| {
            let periods = scope.find::<report_periods::Entity>().select_only();
            let periods = periods
                .column(report_periods::Column::Id)
                .filter(report_periods::Column::BasisYear.eq(year));
            Column::ReportPeriodId.in_subquery(periods.into_query())
        };
        let statuses = self.statuses.as_ref();
        Condition::all()
            .add_option(statuses.map(|statuses| Column::Status.eq_any(statuses.iter().copied())))
            .add_option(self.basis_year.map(of_year))
    }
}

/// The order of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum ReportOrder {
    /// By period, the latest first.
    #[default]
    NewestPeriod,
    /// By period, the earliest first.
    OldestPeriod,
    /// By the time of creation, the latest first.
    NewestCreation,
    /// By the time of creation, the earliest first.
    OldestCreation,
}

impl ReportOrder {
    fn key(self) -> Column {
        match self {
            Self::NewestPeriod | Self::OldestPeriod => Column::ReportingPeriodStart,
            Self::NewestCreation | Self::OldestCreation => Column::CreatedAt,
        }
    }

    fn descending(self) -> bool {
        matches!(self, Self::NewestPeriod | Self::NewestCreation)
    }
}

/// A page of the organization's reports.
pub async fn list_reports(
    scope: &ReadScope,
    filter: &ReportFilter,
    order: ReportOrder,
    page: &PageRequest,
) -> Result<Page<Report>> {
    let rows = scope.find::<Entity>().filter(filter.condition(scope));
    let list = Keyset::by(rows, order.key(), Column::Id).descending(order.descending());
    list.fetch(scope, page).await
}

pub async fn find_report(scope: &impl Scoped, id: Uuid) -> Result<Option<Report>> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    Ok(row.into_partial_model().one(scope).await?)
}

/// The report, locked until the transaction ends: nobody else changes it. Its trail goes on, since entries only need it
/// not to be deleted; a lock against that, too, could wait for the chain's head that another entry holds.
pub async fn lock_report(scope: &WriteScope, id: Uuid) -> Result<Report> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    let row = row.lock(LockType::NoKeyUpdate).into_partial_model();
    row.one(scope).await?.ok_or(Error::NotFound("report"))
}

/// The reports of these periods, of which each has one at most.
pub async fn reports_of_periods(scope: &impl Scoped, periods: &[Uuid]) -> Result<Vec<Report>> {
    let of_periods = Column::ReportPeriodId.eq_any(periods.iter().copied());
    let rows = scope.find::<Entity>().filter(of_periods);
    Ok(rows.into_partial_model().all(scope).await?)
}

/// Stores a report as every report begins.
pub async fn insert_report(
    scope: &WriteScope,
    id: Uuid,
    period: &ReportPeriod,
    format_version: &str,
    notes: Option<String>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(id),
        report_period_id: Set(period.id),
        reporting_period_start: Set(period.starts_at.0),
        reporting_period_end: Set(period.ends_at.0),
        status: Set(status::INITIAL),
        bufdir_format_version: Set(format_version.to_owned()),
        notes: Set(notes),
        requested_by_user_id: Set(scope.actor().person()?),
        created_at: Set(scope.now()),
        updated_at: Set(scope.now()),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// Takes a transition, with what changes beside the status. No other statement changes a status.
pub async fn update_status(
    scope: &WriteScope,
    report: Uuid,
    transition: Transition,
    effect: ActiveModel,
) -> Result<()> {
    let columns = ActiveModel {
        status: Set(transition.to()),
        ..effect
    };
    let row = scope.update::<Entity>().set(columns).filter(Column::Id.eq(report));
    scope.update_one(row).await
}

pub async fn update_notes(scope: &WriteScope, report: Uuid, notes: Option<String>) -> Result<()> {
    let columns = ActiveModel {
        notes: Set(notes),
        ..Default::default()
    };
    let row = scope.update::<Entity>().set(columns).filter(Column::Id.eq(report));
    scope.update_one(row).await
}
