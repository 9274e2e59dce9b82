//! Generations and their warnings.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::enums::{Language, Role, Verdict, WarningCode};

use super::List;
use super::figure::{Figure, figures};
use super::frozen_day::{FrozenDay, FrozenDayFilter, frozen_days};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::loader::Loader;
use crate::kernel::page::PageRequest;
use crate::kernel::scalar::{DateTime, Decimal, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::batches::{Data, Formats, Warnings};
use crate::report::ids;
use crate::report::store::{GenerationRow, WarningRow};

/// One generation of a report: what was true of the period at one instant, for good.
pub struct Generation(pub GenerationRow);

/// One generation of a report: what was true of the period at one instant, for good.
#[Object(name = "ReportGeneration")]
impl Generation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        ids::REPORT_GENERATION.encode(self.0.id)
    }

    /// The generations of a report count from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// The format version that it was made with.
    async fn format_version(&self) -> &str {
        &self.0.format_version
    }

    /// SHA-256 of the version's fields and rules, hexadecimal.
    async fn rules_hash(&self) -> String {
        hex::encode(&self.0.rules_hash)
    }

    /// SHA-256 of the report data in canonical JSON, hexadecimal.
    async fn data_hash(&self) -> String {
        hex::encode(&self.0.data_hash)
    }

    /// Included (approved) activities, whether they count or not.
    async fn activity_count(&self) -> i32 {
        self.0.activity_count
    }

    /// Distinct identified participants of included activities.
    async fn participant_count(&self) -> i32 {
        self.0.participant_count
    }

    /// Distinct peer mentors who led or co-led an included activity.
    async fn volunteer_count(&self) -> i32 {
        self.0.volunteer_count
    }

    /// Hours of included activities.
    async fn total_hours(&self) -> Decimal {
        Decimal::hours(self.0.total_hours)
    }

    /// Activities of the period that await approval. They are not included.
    async fn pending_activities(&self) -> i32 {
        self.0.pending_activities
    }

    /// Activities of the period that were rejected. They are not included.
    async fn rejected_activities(&self) -> i32 {
        self.0.rejected_activities
    }

    /// When it was made, UTC.
    async fn generated_at(&self) -> DateTime {
        DateTime(self.0.generated_at)
    }

    /// Who asked for it.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.generated_by_user_id).await.transpose()
    }

    /// The fields that Bufdir asks for.
    pub async fn figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Language::Nb", desc = "The labels' language.")] language: Language,
    ) -> Result<Vec<Figure>> {
        let reading = ctx.read().await?;
        let data = Loader::<Data>::of(&reading)
            .load(self.0.id)
            .await?
            .ok_or(Error::NotFound("generation"))?;
        let version = Loader::<Formats>::of(&reading)
            .load(data.format_version.clone())
            .await?;
        let version = version.ok_or_else(|| Error::internal("a generation without its format version"))?;
        let values = data
            .report_data
            .as_object()
            .ok_or_else(|| Error::internal("report data is an object"))?;
        Ok(figures(
            &*version.format()?,
            values,
            data.year_before.as_ref().and_then(|data| data.as_object()),
            language,
        ))
    }

    /// The report data as it was frozen, keyed by Bufdir's field ids.
    pub async fn report_data(&self, ctx: &Context<'_>) -> Result<Json> {
        let reading = ctx.read().await?;
        let data = Loader::<Data>::of(&reading)
            .load(self.0.id)
            .await?
            .ok_or(Error::NotFound("generation"))?;
        Ok(Json(data.report_data.clone()))
    }

    /// What there is to know before relying on it.
    pub async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<Warning>> {
        let warnings = Loader::<Warnings>::of(&*ctx.read().await?).load(self.0.id).await?;
        Ok(warnings.unwrap_or_default().into_iter().map(Warning).collect())
    }

    /// Activity-days per verdict: COUNTED, or why they do not count.
    pub async fn verdicts(&self) -> Result<Vec<VerdictCount>> {
        let days: BTreeMap<Verdict, i64> =
            serde_json::from_value(self.0.verdict_days.clone()).map_err(Error::internal)?;
        Ok(VerdictCount::list(&days))
    }

    /// The activity-days as they were frozen, by date.
    #[graphql(complexity = "crate::kernel::page::cost(first, last, child_complexity)")]
    async fn frozen_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which days.")] filter: Option<FrozenDayFilter>,
        #[graphql(desc = "Days after this cursor.")] after: Option<String>,
        #[graphql(desc = "Days before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<FrozenDay>> {
        let page = PageRequest::new(after, before, first, last)?;
        frozen_days(&*ctx.read().await?, self.0.id, filter.unwrap_or_default(), &page).await
    }

    /// The confirmation that it was handed in, if it was.
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        let time = self.0.submitted_at?;
        let confirmed_by = person_by_id(ctx, self.0.submitted_by_user_id?).await;
        Some(confirmed_by.map(|confirmed_by| Submission {
            confirmed_at: DateTime(time),
            confirmed_by,
            confirmed_by_role: self.0.submitted_by_role,
            reference: self.0.submission_reference.clone(),
            data_hash: hex::encode(&self.0.data_hash),
        }))
    }
}

/// Activity-days with one verdict.
#[derive(Clone, Debug, SimpleObject)]
pub struct VerdictCount {
    /// COUNTED, or the first counting rule that the days fail.
    pub verdict: Verdict,
    /// How many activity-days.
    pub days: i64,
}

impl VerdictCount {
    /// In the order of the verdicts, counted days first.
    pub fn list<'a>(days: impl IntoIterator<Item = (&'a Verdict, &'a i64)>) -> Vec<Self> {
        let ordered: BTreeMap<_, _> = days.into_iter().collect();
        ordered
            .into_iter()
            .map(|(&verdict, &days)| Self { verdict, days })
            .collect()
    }
}

/// A person's confirmation that a generation was handed in to Bufdir.
#[derive(Clone, Debug, SimpleObject)]
pub struct Submission {
    /// When it was confirmed, UTC.
    pub confirmed_at: DateTime,
    /// Who confirmed it.
    pub confirmed_by: Option<Person>,
    /// That person's role then.
    pub confirmed_by_role: Option<Role>,
    /// The reference that Bufdir's portal gave, as typed in.
    pub reference: Option<String>,
    /// SHA-256 of the report data that was handed in, hexadecimal.
    pub data_hash: String,
}

/// A warning of a generation. It blocks the national export and the confirmation until it is accepted.
pub struct Warning(pub WarningRow);

/// A warning of a generation. It blocks the national export and the confirmation until it is accepted.
#[Object(name = "ReportWarning")]
impl Warning {
    /// What it is about; what `exportReport` takes to accept it.
    async fn code(&self) -> WarningCode {
        self.0.code
    }

    /// The warning in a sentence.
    async fn message(
        &self,
        #[graphql(default_with = "Language::Nb", desc = "The sentence's language.")] language: Language,
    ) -> &str {
        match language {
            Language::Nb => &self.0.message_nb,
            Language::En => &self.0.message_en,
        }
    }

    /// Numbers and field ids.
    async fn details(&self) -> Json {
        Json(self.0.details.clone())
    }

    /// When it was raised, UTC.
    async fn raised_at(&self) -> DateTime {
        DateTime(self.0.raised_at)
    }

    /// When it was accepted, UTC; null while it blocks.
    async fn accepted_at(&self) -> Option<DateTime> {
        self.0.accepted_at.map(DateTime)
    }

    /// Who accepted it.
    async fn accepted_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.accepted_by_user_id).await.transpose()
    }

    /// The role of whoever accepted it, as it was then.
    async fn accepted_by_role(&self) -> Option<Role> {
        self.0.accepted_by_role
    }
}
