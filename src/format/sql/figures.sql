-- The figures of the units that closure names, each with all below it. Sums are rolled up; people and counties, who may
-- occur in many units, are counted anew for each.
activity as (
    select activity_id, unit_id, bool_or(counted) as counted from day group by activity_id, unit_id
),
unit_activities as (
    select unit_id, count(*) as activities, count(*) filter (where counted) as counted_activities
    from activity group by unit_id
),
unit_days as (
    select unit_id, sum(minutes) as minutes,
        count(*) filter (where counted and kind = 'outreach') as outreach_days,
        count(*) filter (where counted and group_kind = 'conversation') as conversation_days,
        count(*) filter (where counted and group_kind = 'activity') as activity_group_days,
        count(*) filter (where counted and kind = 'course') as course_days,
        count(*) filter (where counted) as counted_days,
        count(*) filter (where counted_apart and kind = 'group') as apart_group_days,
        coalesce(sum(identified) filter (where counted), 0) as identified,
        coalesce(sum(anonymous_participants) filter (where counted), 0) as anonymous
    from day group by unit_id
),
sums as (
    select c.ancestor, sum(d.minutes) as minutes, sum(d.outreach_days) as outreach_days,
        sum(d.conversation_days) as conversation_days, sum(d.activity_group_days) as activity_group_days,
        sum(d.course_days) as course_days, sum(d.counted_days) as counted_days,
        sum(d.apart_group_days) as apart_group_days, sum(d.identified) as identified, sum(d.anonymous) as anonymous,
        sum(a.activities) as activities, sum(a.counted_activities) as counted_activities,
        count(*) filter (where u.level = 'local' and d.counted_days > 0) as active_branches
    from closure c
    join organizational_units u on u.organization_id = $1 and u.id = c.unit_id
    join unit_days d on d.unit_id = c.unit_id
    join unit_activities a on a.unit_id = c.unit_id
    group by c.ancestor
),
counties as (
    select c.ancestor, count(distinct d.county) as counties
    from closure c join (select distinct unit_id, county from day where counted and county is not null) as d using (unit_id)
    group by c.ancestor
),
leading_days as (
    select unit_id, leader_user_id as user_id, counted and leader_approved as active
    from day where leader_user_id is not null
    union all
    select d.unit_id, c.user_id, d.counted and c.approved
    from day d join co_leading c on c.activity_id = d.activity_id and c.local_date = d.local_date
),
leaders as (
    select unit_id, user_id, count(*) filter (where active) as active_days from leading_days group by unit_id, user_id
),
peers as (
    select ancestor, count(*) as volunteers,
        count(*) filter (where active_days >= ($4::jsonb #>> '{active_peer,min_counted_days}')::integer
            and (trained or not ($4::jsonb #>> '{active_peer,trained}')::boolean)) as active_peers
    from (
        select c.ancestor, l.user_id, sum(l.active_days) as active_days, bool_or(coalesce(p.trained, false)) as trained
        from closure c join leaders l using (unit_id) join peer p on p.user_id = l.user_id
        group by c.ancestor, l.user_id
    ) as person
    group by ancestor
),
unit_count as (
    select u.id as unit_id, u.name, u.level, u.parent_id,
        coalesce(s.activities, 0)::integer as activities, coalesce(s.counted_activities, 0)::integer as counted_activities,
        coalesce(p.participants, 0)::integer as participants,
        coalesce(p.counted_participants, 0)::integer as counted_participants,
        coalesce(v.volunteers, 0)::integer as volunteers, coalesce(v.active_peers, 0)::integer as active_peers,
        round(coalesce(s.minutes, 0) / 60.0, 2)::numeric(12, 2) as hours,
        coalesce(s.outreach_days, 0)::integer as outreach_days,
        coalesce(s.conversation_days, 0)::integer as conversation_days,
        coalesce(s.activity_group_days, 0)::integer as activity_group_days,
        coalesce(s.course_days, 0)::integer as course_days,
        coalesce(s.counted_days, 0)::integer as counted_days, coalesce(s.apart_group_days, 0)::integer as apart_group_days,
        coalesce(s.identified, 0)::bigint as identified, coalesce(s.anonymous, 0)::bigint as anonymous,
        coalesce(s.active_branches, 0)::integer as active_branches, coalesce(c.counties, 0)::integer as counties
    from organizational_units u
    left join sums s on s.ancestor = u.id
    left join participants p on p.ancestor = u.id
    left join peers v on v.ancestor = u.id
    left join counties c on c.ancestor = u.id
    where u.organization_id = $1 and u.id in (select ancestor from closure)
),
unit_figures as materialized (select unit_count.*, jsonb_build_object({figures}) as figures from unit_count),
