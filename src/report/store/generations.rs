//! Statements about generations, and about what else goes into one.

use async_graphql::SimpleObject;
use chrono::{Datelike, NaiveDate};
use counting::FormatVersion;
use entity::enums::Role;
use entity::participant_keys::ParticipantKey;
use entity::report_generations::{ActiveModel, Column, Entity, Relation};
use entity::{bufdir_reports, participant_keys, report_periods};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, DerivePartialModel, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Report, ReportPeriod};
use crate::kernel::db::{ReadScope, Scoped, WriteScope, canonical_hash};
use crate::kernel::error::{Error, Result};
use crate::kernel::scalar::DateTime;
use crate::report::generate::Findings;

/// One generation of a report: what was true of the period at one instant, for good.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "Entity")]
#[graphql(complex, name = "ReportGeneration")]
pub struct Generation {
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub report_id: Uuid,
    /// The generations of a report count from 1.
    pub number: i32,
    /// The format version that it was made with.
    pub format_version: String,
    #[graphql(skip)]
    pub rules_hash: Vec<u8>,
    #[graphql(skip)]
    pub data_hash: Vec<u8>,
    /// Included (approved) activities, whether they count or not.
    pub activity_count: i32,
    /// Distinct identified participants of included activities.
    pub participant_count: i32,
    /// Distinct peer mentors who led or co-led an included activity.
    pub volunteer_count: i32,
    #[graphql(skip)]
    pub total_hours: Decimal,
    /// Activities of the period that await approval. They are not included.
    pub pending_activities: i32,
    /// Activities of the period that were rejected. They are not included.
    pub rejected_activities: i32,
    #[graphql(skip)]
    pub verdict_days: Json,
    #[graphql(skip)]
    pub organization_name: String,
    #[graphql(skip)]
    pub period_name: String,
    /// When it was made, UTC.
    pub generated_at: DateTime,
    #[graphql(skip)]
    pub generated_by_user_id: Uuid,
    #[graphql(skip)]
    pub submitted_at: Option<DateTime>,
    #[graphql(skip)]
    pub submitted_by_user_id: Option<Uuid>,
    #[graphql(skip)]
    pub submitted_by_role: Option<Role>,
    #[graphql(skip)]
    pub submission_reference: Option<String>,
}

/// What a generation says, by field id, and what the same period a year earlier said.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct GenerationData {
    pub id: Uuid,
    pub format_version: String,
    pub report_data: Json,
    pub year_before: Option<Json>,
}

/// The generation that the report's columns show.
pub async fn current_generation(scope: &impl Scoped, report: &Report) -> Result<Option<Generation>> {
    let row = scope.find::<Entity>().filter(Column::ReportId.eq(report.id));
    let row = row.filter(Column::Number.eq(report.current_generation));
    Ok(row.into_partial_model().one(scope).await?)
}

pub async fn find_generation(scope: &impl Scoped, id: Uuid) -> Result<Option<Generation>> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    Ok(row.into_partial_model().one(scope).await?)
}

/// The reports' generations, the newest first.
pub async fn generations_of(scope: &ReadScope, reports: &[Uuid]) -> Result<Vec<Generation>> {
    let of_reports = Column::ReportId.eq_any(reports.iter().copied());
    let rows = scope.find::<Entity>().filter(of_reports);
    let rows = rows.order_by_desc(Column::Number).into_partial_model();
    Ok(rows.all(scope).await?)
}

pub async fn generation_data(scope: &impl Scoped, generations: &[Uuid]) -> Result<Vec<GenerationData>> {
    let these = Column::Id.eq_any(generations.iter().copied());
    let rows = scope.find::<Entity>().filter(these);
    Ok(rows.into_partial_model().all(scope).await?)
}

/// The data of the same dates a year earlier, of that report's current generation. Whole months are compared before others.
pub async fn year_before(scope: &impl Scoped, period: &ReportPeriod) -> Result<Option<Json>> {
    use report_periods::Column::{FirstDate, LastDate};
    let shown = bufdir_reports::Column::CurrentGeneration.into_expr();
    let data = scope
        .find::<Entity>()
        .join(JoinType::InnerJoin, Relation::BufdirReports.def())
        .join(JoinType::InnerJoin, bufdir_reports::Relation::ReportPeriods.def())
        .filter(Column::Number.into_expr().eq(shown))
        .filter(FirstDate.eq_any(a_year_before(period.first_date.0)))
        .filter(LastDate.eq_any(a_year_before(period.last_date.0)))
        .order_by_desc(LastDate);
    let data = data.select_only().column(Column::ReportData);
    Ok(data.into_tuple().one(scope).await?)
}

/// The date that a date had a year earlier; the last of February has the last of February, too.
fn a_year_before(date: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let is_last = |date: &NaiveDate| date.succ_opt().is_some_and(|next| (next.month(), next.day()) == (3, 1));
    let year = date.year() - 1;
    let days = [28, 29]
        .into_iter()
        .filter_map(move |day| NaiveDate::from_ymd_opt(year, 2, day));
    let last = days.filter(is_last).filter(move |_| is_last(&date));
    date.with_year(year).into_iter().chain(last)
}

/// Stores what generation found as the report's next generation.
pub async fn insert_generation(
    scope: &WriteScope,
    report: &Report,
    period: &ReportPeriod,
    version: &FormatVersion,
    id: Uuid,
    findings: &Findings,
) -> Result<()> {
    let counted = &findings.counted;
    let data = Json::Object(findings.data.clone());
    let row = ActiveModel {
        id: Set(id),
        report_id: Set(report.id),
        number: Set(report.current_generation + 1),
        format_version: Set(version.version.clone()),
        rules_hash: Set(version.rules_hash.clone()),
        data_hash: Set(canonical_hash(scope, data.clone()).await?),
        report_data: Set(data),
        activity_count: Set(counted.activity_count),
        participant_count: Set(counted.participant_count),
        volunteer_count: Set(counted.volunteer_count),
        total_hours: Set(counted.total_hours),
        pending_activities: Set(counted.pending_activities),
        rejected_activities: Set(counted.rejected_activities),
        verdict_days: Set(serde_json::to_value(&counted.days_by_verdict).map_err(Error::internal)?),
        year_before: Set(findings.year_before.clone()),
        organization_name: Set(findings.organization_name.clone()),
        period_name: Set(period.name.clone()),
        generated_at: Set(scope.now()),
        generated_by_user_id: Set(report.requested_by_user_id),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// The key under which the year's participants enter content hashes, made now where it is missing; none once it has been
/// erased. Workers only.
pub async fn make_participant_key(scope: &WriteScope, basis_year: i32) -> Result<Option<ParticipantKey>> {
    use participant_keys::Column;
    let mut fresh = vec![0_u8; 32];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut fresh).map_err(Error::internal)?;
    let row = participant_keys::ActiveModel {
        basis_year: Set(basis_year),
        key: Set(Some(ParticipantKey(fresh))),
        ..Default::default()
    };
    let mut keep = OnConflict::columns([Column::OrganizationId, Column::BasisYear]);
    keep.do_nothing();
    scope
        .insert(row)
        .on_conflict(keep)
        .exec_without_returning(scope)
        .await?;
    participant_key(scope, basis_year).await
}

/// The year's key; none before the first generation, and once it has been erased.
pub async fn participant_key(scope: &impl Scoped, basis_year: i32) -> Result<Option<ParticipantKey>> {
    let row = scope.find::<participant_keys::Entity>();
    let row = row.filter(participant_keys::Column::BasisYear.eq(basis_year));
    Ok(row.one(scope).await?.and_then(|row| row.key))
}
