//! What can be done with definitions of custom reports.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::enums::{CustomOutputFormat, Language};
use uuid::Uuid;

use super::{CustomReport, CustomReportDateRangeInput, CustomReportDefinitionInput, find_custom_report};
use crate::custom_report::{self, Definition, DefinitionChanges, NewCustomReport, ids, rights};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::scalar::DateTime;
use crate::organization::ids::PERSON;

/// Mutations of custom reports' definitions.
#[derive(Default)]
pub struct CustomReportMutation;

#[Object]
impl CustomReportMutation {
    /// Defines a custom report. What it asks is checked whole; nothing is saved where something is wrong with it.
    #[graphql(guard = "rights::EDIT_CUSTOM_REPORTS")]
    async fn create_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: CreateCustomReportInput,
    ) -> Result<CustomReportPayload> {
        let report = custom_report::create(ctx.write().await?, input.decode()?).await?;
        CustomReportPayload::of(ctx, report).await
    }

    /// Changes a custom report; what is left out stays. Runs that have begun keep the definition that they began with.
    #[graphql(guard = "rights::EDIT_CUSTOM_REPORTS")]
    async fn update_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateCustomReportInput,
    ) -> Result<CustomReportPayload> {
        let (report, changes) = input.decode()?;
        custom_report::update(ctx.write().await?, report, changes).await?;
        CustomReportPayload::of(ctx, report).await
    }

    /// Copies a custom report, for the caller and without its schedule.
    #[graphql(guard = "rights::EDIT_CUSTOM_REPORTS")]
    async fn duplicate_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to copy.")] input: DuplicateCustomReportInput,
    ) -> Result<CustomReportPayload> {
        let original = ids::CUSTOM_REPORT.decode(&input.id, "input.id")?;
        let copy = custom_report::duplicate(ctx.write().await?, original, input.name).await?;
        CustomReportPayload::of(ctx, copy).await
    }

    /// Hands a custom report over to another coordinator or org admin, as whom its schedule runs from then on.
    #[graphql(guard = "rights::EDIT_CUSTOM_REPORTS")]
    async fn transfer_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and to whom.")] input: TransferCustomReportInput,
    ) -> Result<CustomReportPayload> {
        let report = ids::CUSTOM_REPORT.decode(&input.id, "input.id")?;
        let person = PERSON.decode(&input.person_id, "input.personId")?;
        custom_report::transfer(ctx.write().await?, report, person).await?;
        CustomReportPayload::of(ctx, report).await
    }

    /// Deletes a custom report: it runs no more and cannot be changed. Its runs and their files stay.
    #[graphql(guard = "rights::EDIT_CUSTOM_REPORTS")]
    async fn delete_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report.")] input: DeleteCustomReportInput,
    ) -> Result<CustomReportPayload> {
        let report = ids::CUSTOM_REPORT.decode(&input.id, "input.id")?;
        custom_report::delete(ctx.write().await?, report).await?;
        CustomReportPayload::of(ctx, report).await
    }
}

/// A new custom report.
#[derive(InputObject)]
pub struct CreateCustomReportInput {
    /// What to call it; 200 characters at most.
    name: String,
    /// What it is for; 5,000 characters at most.
    description: Option<String>,
    /// What it asks.
    definition: CustomReportDefinitionInput,
    /// Which local dates it covers, unless a run asks for others.
    date_range: CustomReportDateRangeInput,
    /// The format of its files, unless a run asks for another.
    output_format: CustomOutputFormat,
    /// The language of its files; Norwegian (bokmål) unless said otherwise.
    #[graphql(default_with = "Language::Nb")]
    language: Language,
    /// When it runs by itself: five-field cron in Norway's time. Without one it runs when somebody asks.
    schedule: Option<String>,
}

impl CreateCustomReportInput {
    fn decode(self) -> Result<NewCustomReport> {
        Ok(NewCustomReport {
            name: self.name,
            description: self.description,
            definition: defined(self.definition)?,
            date_range: self.date_range.into_range("input.dateRange")?,
            output_format: self.output_format,
            language: self.language,
            schedule: self.schedule,
        })
    }
}

/// Changes to a custom report; what is left out stays.
#[derive(InputObject)]
pub struct UpdateCustomReportInput {
    /// The custom report's id.
    id: ID,
    /// What to call it; 200 characters at most.
    name: Option<String>,
    /// What it is for; null takes it away.
    description: MaybeUndefined<String>,
    /// What it asks, whole.
    definition: Option<CustomReportDefinitionInput>,
    /// Which local dates it covers.
    date_range: Option<CustomReportDateRangeInput>,
    /// The format of its files.
    output_format: Option<CustomOutputFormat>,
    /// The language of its files.
    language: Option<Language>,
    /// When it runs by itself; null takes the schedule away. Given for a schedule that failures switched off, the same or
    /// another, it is switched on.
    schedule: MaybeUndefined<String>,
    /// `updatedAt` as the caller read it: where somebody has changed the report since, nothing is changed and the answer
    /// is `custom_report_changed_meanwhile`. Without it the last change wins.
    expected_updated_at: Option<DateTime>,
}

impl UpdateCustomReportInput {
    fn decode(self) -> Result<(Uuid, DefinitionChanges)> {
        let report = ids::CUSTOM_REPORT.decode(&self.id, "input.id")?;
        let date_range = self.date_range.map(|range| range.into_range("input.dateRange"));
        let changes = DefinitionChanges {
            name: self.name,
            description: given(self.description),
            definition: self.definition.map(defined).transpose()?,
            date_range: date_range.transpose()?,
            output_format: self.output_format,
            language: self.language,
            schedule: given(self.schedule),
            expected_updated_at: self.expected_updated_at.map(|instant| instant.0),
        };
        Ok((report, changes))
    }
}

fn defined(definition: CustomReportDefinitionInput) -> Result<Definition> {
    definition
        .into_definition()
        .map_err(|error| error.below("input.definition"))
}

/// `None` where it was left out, `Some(None)` where it was null.
fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// Which custom report to copy.
#[derive(InputObject)]
pub struct DuplicateCustomReportInput {
    /// The custom report's id.
    id: ID,
    /// What to call the copy; the original's name and "(kopi)" or "(copy)" when left out.
    name: Option<String>,
}

/// Which custom report to hand over, and to whom.
#[derive(InputObject)]
pub struct TransferCustomReportInput {
    /// The custom report's id.
    id: ID,
    /// The id of another active coordinator or org admin.
    person_id: ID,
}

/// Which custom report to delete.
#[derive(InputObject)]
pub struct DeleteCustomReportInput {
    /// The custom report's id.
    id: ID,
}

/// A custom report as it now is.
#[derive(SimpleObject)]
pub struct CustomReportPayload {
    /// The custom report.
    custom_report: CustomReport,
}

impl CustomReportPayload {
    async fn of(ctx: &Context<'_>, report: Uuid) -> Result<Self> {
        let found = find_custom_report(&*ctx.read().await?, report).await?;
        let custom_report = found.ok_or(Error::NotFound("custom report"))?;
        Ok(Self { custom_report })
    }
}
