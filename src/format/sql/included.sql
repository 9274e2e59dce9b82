-- The included activity-days: approved, of the organization $1, on a local date from $2 to $3; with all that rules
-- and content hash read. Shared by counting and by drift.
attended as (
    select activity_id, local_date, count(*)::integer as identified, array_agg(contact_id order by contact_id) as contacts
    from attendances
    where organization_id = $1 and local_date between $2 and $3
    group by activity_id, local_date
),
co_led as (
    select activity_id, string_agg(user_id::text, ',' order by user_id) as co_leaders
    from activity_co_leaders
    where organization_id = $1
    group by activity_id
),
included as (
    select d.activity_id, d.local_date, d.starts_at, d.minutes, d.anonymous_participants, a.kind, a.group_kind, a.mode,
        a.unit_id, a.leader_user_id, a.place, a.county, a.country, a.peer_initiated, a.co_organiser, a.created_at,
        a.newcomers_confirmed_by is not null as newcomers_confirmed, coalesce(p.identified, 0) as identified,
        coalesce(p.contacts, '{}') as contacts, coalesce(c.co_leaders, '') as co_leaders
    from activity_days d
    join activities a on a.organization_id = $1 and a.id = d.activity_id and a.status = 'approved'
    left join attended p on p.activity_id = d.activity_id and p.local_date = d.local_date
    left join co_led c on c.activity_id = d.activity_id
    where d.organization_id = $1 and d.local_date between $2 and $3
),
