-- One row: totals and figures of the unit $5 (null: the whole organization), and what its warnings rest on.
scope as (
    select unit_id from closure
    where ancestor = coalesce($5::uuid, (select id from organizational_units where organization_id = $1 and level = 'national'))
),
scoped as not materialized (select d.* from day d join scope using (unit_id)),
unapproved as (
    select count(*) filter (where a.status = 'pending') as pending, count(*) filter (where a.status = 'rejected') as rejected
    from activities a join scope using (unit_id)
    where a.organization_id = $1 and a.status <> 'approved' and exists (
        select from activity_days d
        where d.organization_id = $1 and d.activity_id = a.id and d.local_date between $2 and $3)
),
verdicts as (
    select coalesce(jsonb_object_agg(verdict, days), '{}') as verdicts
    from (select verdict, count(*) as days from scoped group by verdict) as verdict
),
-- Days that begin while an earlier one of the same leader is under way. Duplicates have a verdict of their own.
overlap as (
    select count(*) as days
    from (
        select starts_at, max(starts_at - time '00:00' + minutes * interval '1 minute') over (
            partition by leader_user_id, local_date order by starts_at, activity_id
            rows between unbounded preceding and 1 preceding) as busy_until
        from scoped
        where leader_user_id is not null and starts_at is not null and verdict <> 'DUPLICATE'
    ) as day
    where starts_at - time '00:00' < busy_until
),
co_organised as (select count(distinct activity_id) as activities from scoped where co_organised)
select f.unit_id, f.activities as activity_count, f.participants as participant_count, f.volunteers as volunteer_count,
    f.hours as total_hours, f.figures, f.identified + f.anonymous as attendances, f.anonymous as anonymous_attendances,
    unapproved.pending::integer as pending_activities, unapproved.rejected::integer as rejected_activities,
    verdicts.verdicts, overlap.days::integer as overlapping_days,
    co_organised.activities::integer as co_organised_activities
from unit_figures f, unapproved, verdicts, overlap, co_organised
where case when $5::uuid is null then f.level = 'national' else f.unit_id = $5::uuid end
