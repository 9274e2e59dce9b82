//! Frozen activity-days: the evidence under a figure, and why a day does not count.

use async_graphql::{ComplexObject, Context, ID, InputObject};
use entity::enums::{ActivityKind, Verdict};
use uuid::Uuid;

use super::List;
use crate::activity::ids::ACTIVITY;
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::page::{PageRequest, connection};
use crate::organization::Person;
use crate::organization::ids::ORGANIZATIONAL_UNIT;
use crate::organization::node::person_by_id;
use crate::report::{self, DayFilter, FrozenDay};

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
    fn decode(self) -> Result<DayFilter> {
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
    let page = report::frozen_days(scope, generation, &filter.decode()?, page).await?;
    connection(page, Default::default(), Ok)
}

#[ComplexObject]
impl FrozenDay {
    /// The activity's id.
    async fn activity_id(&self) -> ID {
        ACTIVITY.encode(self.activity_id)
    }

    /// The id of the unit that owned the activity.
    async fn unit_id(&self) -> ID {
        ORGANIZATIONAL_UNIT.encode(self.unit_id)
    }

    /// The peer mentor who led it.
    async fn leader(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.leader_user_id).await.transpose()
    }

    /// The local time at which it began, HH:MM.
    async fn starts_at(&self) -> Option<String> {
        self.starts_at.map(|time| time.format("%H:%M").to_string())
    }

    /// Participants, the anonymous ones included; 1 to 4 are shown as `<5`, because so few can be recognised.
    async fn participants(&self) -> String {
        counting::show_persons(self.participants.into())
    }

    /// SHA-256 of the day's content, hexadecimal.
    async fn content_hash(&self) -> String {
        hex::encode(&self.content_hash)
    }
}
