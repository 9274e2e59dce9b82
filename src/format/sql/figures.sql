-- The figures of every unit with all below it. Sums are rolled up; people and counties, who may occur in many units,
-- are counted anew for each.
closure as materialized (
    select id as ancestor, id as unit_id from organizational_units where organization_id = $1
    union all
    select u.parent_id, c.unit_id
    from closure c join organizational_units u on u.organization_id = $1 and u.id = c.ancestor
    where u.parent_id is not null
),
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
        count(*) filter (where counted and kind = 'group') as group_days,
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
        sum(d.group_days) as group_days, sum(d.course_days) as course_days, sum(d.counted_days) as counted_days,
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
attending as (
    select d.unit_id, contact_id, bool_or(d.counted) as counted
    from day d, unnest(d.contacts) as contact_id
    group by d.unit_id, contact_id
),
-- A year's distinct people are what costs. There are three levels at most, so each is made from the one below it; what
-- stands right below the national body has no region.
region as materialized (
    select u.id as unit_id, case u.level when 'region' then u.id when 'local' then p.id end as region_id
    from organizational_units u
    left join organizational_units p on p.organization_id = $1 and p.id = u.parent_id and p.level = 'region'
    where u.organization_id = $1
),
attending_region as (
    select r.region_id, p.contact_id, bool_or(p.counted) as counted
    from attending p join region r using (unit_id)
    group by r.region_id, p.contact_id
),
attending_anywhere as (
    select contact_id, bool_or(counted) as counted from attending_region group by contact_id
),
participants as (
    select u.id as ancestor, count(*) as participants, count(*) filter (where p.counted) as counted_participants
    from attending p
    join organizational_units u on u.organization_id = $1 and u.id = p.unit_id and u.level = 'local'
    group by u.id
    union all
    select region_id, count(*), count(*) filter (where counted)
    from attending_region where region_id is not null group by region_id
    union all
    select u.id, (select count(*) from attending_anywhere), (select count(*) from attending_anywhere where counted)
    from organizational_units u
    where u.organization_id = $1 and u.level = 'national'
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
        coalesce(s.group_days, 0)::integer as group_days, coalesce(s.course_days, 0)::integer as course_days,
        coalesce(s.counted_days, 0)::integer as counted_days, coalesce(s.apart_group_days, 0)::integer as apart_group_days,
        coalesce(s.identified, 0)::integer as identified, coalesce(s.anonymous, 0)::integer as anonymous,
        coalesce(s.active_branches, 0)::integer as active_branches, coalesce(c.counties, 0)::integer as counties
    from organizational_units u
    left join sums s on s.ancestor = u.id
    left join participants p on p.ancestor = u.id
    left join peers v on v.ancestor = u.id
    left join counties c on c.ancestor = u.id
    where u.organization_id = $1
),
unit_figures as materialized (select unit_count.*, jsonb_build_object({figures}) as figures from unit_count),
