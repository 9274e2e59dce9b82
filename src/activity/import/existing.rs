//! Activities as the database has them, to see whether a file says otherwise.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::known::{rows, word};
use crate::activity::bulk::column;
use crate::activity::record::{Activity, Day};

/// The stored activities that have the same references, by reference. Lists are in the order of ids, as the files' are.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    organization: Uuid,
    wanted: &[Activity],
) -> Result<HashMap<String, Activity>, DbErr> {
    let sql = "select a.*,
            array(select c.user_id from activity_co_leaders c
                where c.organization_id = $1 and c.activity_id = a.id order by c.user_id) as co_leaders,
            array(select c.unit_id from activity_co_units c
                where c.organization_id = $1 and c.activity_id = a.id order by c.unit_id) as co_units
        from activities a where a.organization_id = $1 and a.external_ref = any($2::text[])";
    let references = column(wanted, |a| a.external_ref.clone().unwrap_or_default());
    let found = rows(db, sql, vec![organization.into(), references]).await?;
    let activities = found.iter().map(activity).collect::<Result<Vec<_>, _>>()?;
    let mut days = days(db, organization, &activities).await?;
    let with_days = activities.into_iter().filter_map(|activity| {
        let days = days.remove(&activity.id).unwrap_or_default();
        Some((activity.external_ref.clone()?, Activity { days, ..activity }))
    });
    Ok(with_days.collect())
}

fn activity(row: &QueryResult) -> Result<Activity, DbErr> {
    let group_kind: Option<String> = row.try_get("", "group_kind")?;
    Ok(Activity {
        id: row.try_get("", "id")?,
        unit: row.try_get("", "unit_id")?,
        kind: word(row, "kind")?,
        group_kind: group_kind.map(|_| word(row, "group_kind")).transpose()?,
        mode: word(row, "mode")?,
        status: word(row, "status")?,
        title: row.try_get("", "title")?,
        place: row.try_get("", "place")?,
        county: row.try_get("", "county")?,
        country: row.try_get("", "country")?,
        leader: row.try_get("", "leader_user_id")?,
        co_leaders: row.try_get("", "co_leaders")?,
        peer_initiated: row.try_get("", "peer_initiated")?,
        recreational: row.try_get("", "is_recreational")?,
        co_organiser: row.try_get("", "co_organiser")?,
        co_units: row.try_get("", "co_units")?,
        newcomers_confirmed_by: row.try_get("", "newcomers_confirmed_by")?,
        external_ref: row.try_get("", "external_ref")?,
        created_at: row.try_get("", "created_at")?,
        updated_at: row.try_get("", "updated_at")?,
        days: vec![],
    })
}

async fn days(
    db: &impl ConnectionTrait,
    organization: Uuid,
    activities: &[Activity],
) -> Result<HashMap<Uuid, Vec<Day>>, DbErr> {
    let sql = "select d.activity_id, d.local_date, d.starts_at, d.minutes, d.anonymous_participants,
            array(select t.contact_id from attendances t where t.organization_id = $1
                and t.activity_id = d.activity_id and t.local_date = d.local_date order by t.contact_id) as contacts
        from activity_days d where d.organization_id = $1 and d.activity_id = any($2::uuid[])
        order by d.activity_id, d.local_date";
    let mut days: HashMap<Uuid, Vec<Day>> = HashMap::new();
    for row in rows(db, sql, vec![organization.into(), column(activities, |a| a.id)]).await? {
        days.entry(row.try_get("", "activity_id")?).or_default().push(Day {
            date: row.try_get("", "local_date")?,
            starts_at: row.try_get("", "starts_at")?,
            minutes: row.try_get("", "minutes")?,
            anonymous: row.try_get("", "anonymous_participants")?,
            contacts: row.try_get("", "contacts")?,
        });
    }
    Ok(days)
}
