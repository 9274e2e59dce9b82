//! Frozen activity-days: the evidence under a figure, and why a day does not count.

use async_graphql::{Context, ID, InputObject, Object};
use entity::enums::{ActivityKind, ActivityMode, GroupKind, Verdict};
use entity::frozen_days;
use uuid::Uuid;

use super::List;
use crate::activity::ids::ACTIVITY;
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::page::{PageRequest, connection};
use crate::kernel::scalar::Date;
use crate::organization::Person;
use crate::organization::ids::ORGANIZATIONAL_UNIT;
use crate::organization::node::person_by_id;
use crate::report::{self, DayFilter};

/// Which frozen days are wanted; what is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FrozenDayFilter {
    /// Days with one of these verdicts; none when the list is empty.
    pub verdicts: Option<Vec<Verdict>>,
    /// All days that do not count (true), or all that do (false).
    pub not_counted: Option<bool>,
    /// Days of this kind of activity.
    pub kind: Option<ActivityKind>,
    /// Days of activities that this unit owned.
    pub unit_id: Option<ID>,
}

impl FrozenDayFilter {
    fn decoded(self) -> Result<DayFilter> {
        let unit = self.unit_id;
        let unit = unit.map(|unit| ORGANIZATIONAL_UNIT.decode(&unit, "filter.unitId"));
        Ok(DayFilter {
            verdicts: self.verdicts,
            not_counted: self.not_counted,
            kind: self.kind,
            unit: unit.transpose()?,
        })
    }
}

/// A page of a generation's frozen days, by date.
pub async fn frozen_days(
    scope: &ReadScope,
    generation: Uuid,
    filter: FrozenDayFilter,
    page: &PageRequest,
) -> Result<List<FrozenDay>> {
    let page = report::frozen_days(scope, generation, &filter.decoded()?, page).await?;
    connection(page, Default::default(), |day| Ok(FrozenDay(day)))
}

/// One date of an activity, as a generation froze it. Participants are a number; who they were is not kept.
pub struct FrozenDay(frozen_days::Model);

/// One date of an activity, as a generation froze it. Participants are a number; who they were is not kept.
#[Object]
impl FrozenDay {
    /// The activity's id.
    async fn activity_id(&self) -> ID {
        ACTIVITY.encode(self.0.activity_id)
    }

    /// The local date (Europe/Oslo).
    async fn date(&self) -> Date {
        Date(self.0.local_date)
    }

    /// The kind of activity.
    async fn kind(&self) -> ActivityKind {
        self.0.kind
    }

    /// Of a group, which kind of group.
    async fn group_kind(&self) -> Option<GroupKind> {
        self.0.group_kind
    }

    /// How it took place.
    async fn mode(&self) -> ActivityMode {
        self.0.mode
    }

    /// The id of the unit that owned the activity.
    async fn unit_id(&self) -> ID {
        ORGANIZATIONAL_UNIT.encode(self.0.unit_id)
    }

    /// The unit's name then.
    async fn unit_name(&self) -> &str {
        &self.0.unit_name
    }

    /// The peer mentor who led it.
    async fn leader(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.leader_user_id).await.transpose()
    }

    /// The county (fylke) of the place.
    async fn county(&self) -> Option<&str> {
        self.0.county.as_deref()
    }

    /// The local time at which it began, HH:MM.
    async fn starts_at(&self) -> Option<String> {
        self.0.starts_at.map(|time| time.format("%H:%M").to_string())
    }

    /// Minutes of its sessions that day.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// Participants, the anonymous ones included; 1 to 4 are shown as `<5`, because so few can be recognised.
    async fn participants(&self) -> String {
        counting::show_persons(self.0.participants.into())
    }

    /// COUNTED, or the first counting rule that the day fails (docs/counting.md).
    async fn verdict(&self) -> Verdict {
        self.0.verdict
    }

    /// SHA-256 of the day's content, hexadecimal.
    async fn content_hash(&self) -> String {
        hex::encode(&self.0.content_hash)
    }
}
