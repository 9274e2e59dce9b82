//! Generation: one statement counts and freezes; what it yields becomes the report's data, totals and warnings.

use std::collections::BTreeMap;
use std::sync::Arc;

use counting::{Counted, FieldSource, FormatVersion, OrganizationFact};
use entity::enums::{ActorKind, AuditAction};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::record::record;
use super::status::Step;
use super::store::{self, Generation, Report, ReportPeriod};
use super::warnings::{self, Facts, Warning};
use super::{period, transition};
use crate::format::rules::FORMAT_VERSION_COVERS_BASIS_YEAR;
use crate::format::{self, Breakdowns, CountedPeriod};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::{Job, JobContext};
use crate::organization::entered_organization;
use crate::report::{rights, rules};

/// The job that generates a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GenerateReport {
    pub organization_id: Uuid,
    pub report_id: Uuid,
}

impl Job for GenerateReport {
    const NAME: &'static str = "generate_report";
    const ATTEMPTS: i16 = 3;

    fn key(&self) -> Option<String> {
        Some(format!("generate:{}", self.report_id))
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        match self.generate(ctx).await {
            // What another attempt cannot mend is recorded at once.
            Err(error) if !matches!(error, Error::Unavailable(_) | Error::Internal(_)) => {
                self.failed(ctx, &error).await
            }
            outcome => outcome,
        }
    }

    async fn failed(&self, ctx: &JobContext, error: &Error) -> Result<()> {
        let (database, now) = (&ctx.database, ctx.clock.now());
        let worker = ActorKind::Worker;
        // The entry names who asked, whom the report alone tells.
        let scope = database.conclude(worker, self.organization_id, None, now).await?;
        let requester = store::lock_report(&scope, self.report_id).await?.requested_by_user_id;
        drop(scope);
        let scope = database
            .conclude(worker, self.organization_id, Some(requester), now)
            .await?;
        let report = store::lock_report(&scope, self.report_id).await?;
        if Step::Begin.from(report.status).is_err() {
            return Ok(());
        }
        let reason = readable(error);
        transition::fail(&scope, &report, &reason).await?;
        let entry = AuditEntry::new(
            AuditAction::GenerationFailed,
            "report",
            report.id,
            format!("Failed: {reason}"),
        )
        .of_report(report.id)
        .with(json!({"code": failure_code(error), "generation": report.current_generation + 1}));
        scope.commit([entry]).await
    }
}

impl GenerateReport {
    async fn enter(&self, ctx: &JobContext, requester: Option<Uuid>) -> Result<WriteScope> {
        let now = ctx.clock.now();
        ctx.database
            .work(ActorKind::Worker, self.organization_id, requester, now)
            .await
    }

    async fn generate(&self, ctx: &JobContext) -> Result<()> {
        match self.begin(ctx).await? {
            Some(requester) => self.complete(ctx, requester).await,
            None => Ok(()),
        }
    }

    /// Takes the job up: the report shows that it is being generated. Tells on whose behalf; nothing when there is
    /// nothing left to do.
    async fn begin(&self, ctx: &JobContext) -> Result<Option<Uuid>> {
        let scope = self.enter(ctx, None).await?;
        let report = store::lock_report(&scope, self.report_id).await?;
        if Step::Begin.from(report.status).is_err() {
            return Ok(None);
        }
        transition::begin(&scope, &report).await?;
        scope.commit_job_progress_unaudited().await?;
        Ok(Some(report.requested_by_user_id))
    }

    /// Counts, freezes and records, in one transaction.
    async fn complete(&self, ctx: &JobContext, requester: Uuid) -> Result<()> {
        let scope = self.enter(ctx, Some(requester)).await?;
        if !scope.actor().person_holds(rights::GENERATE_REPORTS) {
            return Err(Error::rule_because(
                rules::ROLE_REQUIRED_FOR_GENERATION,
                "Whoever asked for the report may no longer generate reports.",
            ));
        }
        let report = store::lock_report(&scope, self.report_id).await?;
        if Step::Complete.from(report.status).is_err() {
            return Ok(());
        }
        let period = store::lock_period(&scope, report.report_period_id).await?;
        let version = format::find(&scope, &report.bufdir_format_version)
            .await?
            .ok_or_else(|| Error::rule(FORMAT_VERSION_COVERS_BASIS_YEAR))?;
        let key = store::make_participant_key(&scope, period.basis_year)
            .await?
            .ok_or_else(|| Error::rule(rules::PARTICIPANTS_OF_THE_YEAR_ERASED))?;
        let generation_id = scope.new_id();
        let counted = format::freeze(
            &scope,
            &counted_period(scope.organization(), &period),
            &version,
            generation_id,
            &key.0,
        )
        .await?;
        let findings = Findings::gather(&scope, &period, &version, counted).await?;
        let warnings = findings.warnings(&version, &period, scope.actor().is_test_organization);
        record(scope, &report, &period, &version, generation_id, &findings, &warnings).await
    }
}

/// What generation would find now. Nothing is stored.
pub struct Preview {
    pub period: ReportPeriod,
    pub version: Arc<FormatVersion>,
    pub findings: Findings,
    pub warnings: Vec<Warning>,
}

/// Counts the period as it is now, without a trace: the whole organization's, or a unit's with all below it. A unit is
/// compared with no year before, since what was reported then is the organization's.
pub async fn preview(scope: &ReadScope, period_id: Uuid, unit: Option<Uuid>) -> Result<Preview> {
    let period = store::find_period(scope, period_id)
        .await?
        .ok_or(Error::NotFound("report period"))?;
    let version = format::for_basis_year(scope, period.basis_year)
        .await?
        .ok_or_else(|| Error::rule(FORMAT_VERSION_COVERS_BASIS_YEAR).at("reportPeriodId"))?;
    let counted = format::preview(scope, &counted_period(scope.organization(), &period), &version, unit).await?;
    let mut findings = Findings::gather(scope, &period, &version, counted).await?;
    if unit.is_some() {
        findings.year_before = None;
    }
    let warnings = findings.warnings(&version, &period, scope.actor().is_test_organization);
    Ok(Preview {
        period,
        version,
        findings,
        warnings,
    })
}

/// Whether a further generation would say what the current one says. Notes are the report's and no generation's.
pub async fn is_unchanged(scope: &WriteScope, report: &Report) -> Result<bool> {
    let generation = store::current_generation(scope, report).await?;
    let period = store::lock_period(scope, report.report_period_id).await?;
    let version = format::for_basis_year(scope, period.basis_year).await?;
    let key = store::participant_key(scope, period.basis_year).await?;
    let (Some(generation), Some(version), Some(key)) = (generation, version, key) else {
        return Ok(false);
    };
    let by_the_same_rules = generation.format_version == version.version && generation.rules_hash == version.rules_hash;
    if !by_the_same_rules || !store::has_the_same_units(scope, generation.id).await? {
        return Ok(false);
    }
    let days = counted_period(scope.organization(), &period);
    let drift = format::drift(scope, &days, generation.id, &key.0).await?;
    if warnings::drifted(drift).is_some() {
        return Ok(false);
    }
    let counted = format::preview(scope, &days, &version, None).await?;
    let findings = Findings::gather(scope, &period, &version, counted).await?;
    let raised = findings.warnings(&version, &period, scope.actor().is_test_organization);
    Ok(period.name == generation.period_name
        && findings.are_of(scope, &generation).await?
        && store::has_the_same_warnings(scope, generation.id, &raised).await?)
}

/// The preview's days by month, unit and kind. Of the same snapshot, where the scope is one.
pub async fn breakdowns(scope: &ReadScope, preview: &Preview, unit: Option<Uuid>) -> Result<Breakdowns> {
    let period = counted_period(scope.organization(), &preview.period);
    Ok(format::breakdown::of_period(scope, &period, &preview.version, unit).await?)
}

/// The period as the counting takes it.
pub fn counted_period(organization_id: Uuid, period: &ReportPeriod) -> CountedPeriod {
    CountedPeriod {
        organization_id,
        first_date: period.first_date.0,
        last_date: period.last_date.0,
    }
}

/// All that a generation stores, and what its warnings rest on.
pub struct Findings {
    pub organization_name: String,
    pub counted: Counted,
    /// By field id.
    pub data: Map<String, Json>,
    pub year_before: Option<Json>,
}

impl Findings {
    async fn gather(
        scope: &impl Scoped,
        period: &ReportPeriod,
        version: &FormatVersion,
        counted: Counted,
    ) -> Result<Self> {
        let organization = entered_organization(scope).await?;
        let typed: BTreeMap<String, Json> = store::latest_figures(scope, &[period.id])
            .await?
            .into_iter()
            .filter_map(|figure| Some((figure.field, figure.value?.0)))
            .collect();
        let mut data = Map::new();
        for field in &version.fields {
            let value = match &field.source {
                FieldSource::Organization(OrganizationFact::Number) => {
                    Some(organization.organization_number.as_str().into())
                }
                FieldSource::Period(year) => Some(year.of(period.basis_year).into()),
                FieldSource::Typed => typed.get(&field.id).cloned(),
                FieldSource::Counted(_) | FieldSource::Computed(_) => counted.figures.get(&field.id).cloned(),
            };
            if let Some(value) = value {
                data.insert(field.id.clone(), value);
            }
        }
        let year_before = store::year_before(scope, period).await?;
        Ok(Self {
            organization_name: organization.name,
            counted,
            data,
            year_before,
        })
    }

    /// Whether a generation stored the same.
    async fn are_of(&self, scope: &WriteScope, generation: &Generation) -> Result<bool> {
        let data = store::generation_data(scope, &[generation.id]).await?.pop();
        let verdicts = serde_json::to_value(&self.counted.days_by_verdict).map_err(Error::internal)?;
        Ok(self.organization_name == generation.organization_name
            && data.is_some_and(|stored| {
                stored.report_data.as_object() == Some(&self.data) && stored.year_before == self.year_before
            })
            && verdicts == generation.verdict_days
            && self.counted.activity_count == generation.activity_count
            && self.counted.participant_count == generation.participant_count
            && self.counted.volunteer_count == generation.volunteer_count
            && self.counted.total_hours == generation.total_hours
            && self.counted.rejected_activities == generation.rejected_activities)
    }

    fn warnings(&self, version: &FormatVersion, period: &ReportPeriod, is_test_organization: bool) -> Vec<Warning> {
        warnings::raise(&Facts {
            format: version,
            data: &self.data,
            counted: &self.counted,
            year_before: self.year_before.as_ref().and_then(Json::as_object),
            is_calendar_year: period::is_calendar_year(period),
            is_test_organization,
        })
    }
}

/// What a person can read of a failure: no statement, no path, no stack.
fn readable(error: &Error) -> String {
    match error {
        Error::Internal(cause) => {
            tracing::error!(%cause, "a generation failed");
            "The figures could not be worked out. Try again; if it fails again, tell whoever runs the service.".into()
        }
        other => other.to_string(),
    }
}

fn failure_code(error: &Error) -> &'static str {
    match error {
        Error::Forbidden { .. } => "RIGHT_LOST",
        Error::Unavailable(_) => "TIMED_OUT",
        Error::Internal(_) => "AGGREGATION_FAILED",
        _ => "MAPPING_INCOMPLETE",
    }
}
