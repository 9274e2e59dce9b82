//! Frozen activity-days: the evidence under a figure, and why a day does not count.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{NaiveDate, NaiveTime};
use entity::enums::{ActivityKind, ActivityMode, GroupKind, Verdict};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::List;
use crate::activity::ids::ACTIVITY;
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::page::{self, PageRequest, connection};
use crate::kernel::scalar::Date;
use crate::organization::Person;
use crate::organization::ids;
use crate::organization::node::person_by_id;

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

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    activity_id: Uuid,
    local_date: NaiveDate,
    kind: ActivityKind,
    group_kind: Option<GroupKind>,
    mode: ActivityMode,
    unit_id: Uuid,
    unit_name: String,
    leader_user_id: Option<Uuid>,
    county: Option<String>,
    starts_at: Option<NaiveTime>,
    minutes: i32,
    participants: i32,
    verdict: Verdict,
    content_hash: Vec<u8>,
}

const DAYS: &str = "select d.activity_id, d.local_date, d.kind, d.group_kind, d.mode, d.unit_id, d.unit_name,
    d.leader_user_id, d.county, d.starts_at, d.minutes, d.participants, d.verdict, d.content_hash from frozen_days d";

/// A page of a generation's frozen days, by date.
pub async fn frozen_days(
    scope: &ReadScope,
    generation: Uuid,
    filter: FrozenDayFilter,
    page: &PageRequest,
) -> Result<List<FrozenDay>> {
    let unit = filter
        .unit_id
        .map(|unit| ids::ORGANIZATIONAL_UNIT.decode(&unit, "filter.unitId"))
        .transpose()?;
    let verdicts: Option<Vec<String>> = filter
        .verdicts
        .map(|verdicts| verdicts.iter().map(|verdict| verdict.as_str().to_owned()).collect());
    let list = page::List {
        select: DAYS,
        filter: "d.organization_id = $1 and d.generation_id = $2 and ($3::text[] is null or d.verdict = any ($3))
            and ($4::boolean is null or (d.verdict <> 'COUNTED') = $4) and ($5::text is null or d.kind = $5)
            and ($6::uuid is null or d.unit_id = $6)"
            .into(),
        values: vec![
            generation.into(),
            verdicts.into(),
            filter.not_counted.into(),
            filter.kind.map(ActivityKind::as_str).into(),
            unit.into(),
        ],
        key: ("d.local_date", "date"),
        id: "d.activity_id",
        descending: false,
    };
    let page = list.fetch(scope, page).await?;
    connection(page, Default::default(), |row| {
        Ok(FrozenDay(Row::from_query_result(&row, "")?))
    })
}

/// One date of an activity, as a generation froze it. Participants are a number; who they were is not kept.
pub struct FrozenDay(Row);

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
        ids::ORGANIZATIONAL_UNIT.encode(self.0.unit_id)
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
