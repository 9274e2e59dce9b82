//! Generations and their warnings.

use std::collections::BTreeMap;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::enums::{Language, Role, Verdict};

use super::figure::{Figure, figures};
use super::frozen_day::{FrozenDayFilter, frozen_days};
use super::{FrozenDay, List};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::loader::Loader;
use crate::kernel::page::PageRequest;
use crate::kernel::scalar::{DateTime, Decimal, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::batches::{Data, Formats, Warnings};
use crate::report::{Generation, ReportWarning, ids};

#[ComplexObject]
impl Generation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        ids::REPORT_GENERATION.encode(self.id)
    }

    /// SHA-256 of the version's fields and rules, hexadecimal.
    async fn rules_hash(&self) -> String {
        hex::encode(&self.rules_hash)
    }

    /// SHA-256 of the report data in canonical JSON, hexadecimal.
    async fn data_hash(&self) -> String {
        hex::encode(&self.data_hash)
    }

    /// Hours of included activities.
    async fn total_hours(&self) -> Decimal {
        Decimal::hours(self.total_hours)
    }

    /// Who asked for it.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.generated_by_user_id).await.transpose()
    }

    /// The fields that Bufdir asks for.
    pub async fn figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Language::Nb", desc = "The labels' language.")] language: Language,
    ) -> Result<Vec<Figure>> {
        let reading = ctx.read().await?;
        let data = Loader::<Data>::of(&reading)
            .load(self.id)
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
            .load(self.id)
            .await?
            .ok_or(Error::NotFound("generation"))?;
        Ok(Json(data.report_data.clone()))
    }

    /// What there is to know before relying on it.
    pub async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<ReportWarning>> {
        let warnings = Loader::<Warnings>::of(&*ctx.read().await?).load(self.id).await?;
        Ok(warnings.unwrap_or_default())
    }

    /// Activity-days per verdict: COUNTED, or why they do not count.
    pub async fn verdicts(&self) -> Result<Vec<VerdictCount>> {
        let days: BTreeMap<Verdict, i64> =
            serde_json::from_value(self.verdict_days.clone()).map_err(Error::internal)?;
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
        frozen_days(&*ctx.read().await?, self.id, filter.unwrap_or_default(), &page).await
    }

    /// The confirmation that it was handed in, if it was.
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        let time = self.submitted_at?;
        let confirmed_by = person_by_id(ctx, self.submitted_by_user_id?).await;
        Some(confirmed_by.map(|confirmed_by| Submission {
            confirmed_at: time,
            confirmed_by,
            confirmed_by_role: self.submitted_by_role,
            reference: self.submission_reference.clone(),
            data_hash: hex::encode(&self.data_hash),
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

#[ComplexObject]
impl ReportWarning {
    /// The warning in a sentence.
    async fn message(
        &self,
        #[graphql(default_with = "Language::Nb", desc = "The sentence's language.")] language: Language,
    ) -> &str {
        match language {
            Language::Nb => &self.message_nb,
            Language::En => &self.message_en,
        }
    }

    /// Who accepted it.
    async fn accepted_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.accepted_by_user_id).await.transpose()
    }
}
