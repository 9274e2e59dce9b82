-- Each included day's verdict under the rules $4 (docs/counting.md).
kind_rule as materialized (
    select entry.kind, parameter.*
    from jsonb_each($4::jsonb -> 'kinds') as entry (kind, parameters),
        jsonb_to_record(parameters) as parameter (modes text[], modes_counted_apart text[], min_minutes integer,
            min_participants integer, leader_counts boolean, led_by_approved_peer boolean, peer_seeks_person boolean,
            new_participants_same_day boolean)
),
peer as materialized (
    select user_id, peer_approved_from as approved_from, coalesce(peer_approved_until, 'infinity') as approved_until,
        peer_trained_on <= $3 as trained
    from memberships
    where organization_id = $1
),
-- Who co-leads a day beside its leader, and whether approved on that date.
co_leading as materialized (
    select d.activity_id, d.local_date, c.user_id,
        coalesce(d.local_date between p.approved_from and p.approved_until, false) as approved
    from activity_days d
    join activities a on a.organization_id = $1 and a.id = d.activity_id and a.status = 'approved'
    join activity_co_leaders c on c.organization_id = $1 and c.activity_id = d.activity_id
        and c.user_id is distinct from a.leader_user_id
    join peer p on p.user_id = c.user_id
    where d.organization_id = $1 and d.local_date between $2 and $3
),
approved_co_leading as (select distinct activity_id, local_date from co_leading where approved),
-- The first rule that the day fails by itself. Days whose mode counts in a field of its own are judged by the same
-- rules among themselves, so their mode is left out here.
assessed as materialized (
    select d.activity_id, d.local_date, d.starts_at, d.minutes, d.identified, d.anonymous_participants, d.contacts, d.kind,
        d.group_kind, d.mode, d.unit_id, d.leader_user_id, d.place, d.county, d.created_at, d.newcomers_confirmed,
        btrim(d.co_organiser) <> '' as co_organised, d.content_hash,
        coalesce(d.leader_user_id, '00000000-0000-0000-0000-000000000000') as leader,
        coalesce(d.local_date between p.approved_from and p.approved_until, false) as leader_approved,
        coalesce(d.mode = any (r.modes_counted_apart), false) as apart,
        coalesce(r.new_participants_same_day, false) as new_participants_same_day,
        case
            when d.country <> $4::jsonb ->> 'country' then 'OUTSIDE_NORWAY'
            when r.kind is null or (r.peer_seeks_person and not d.peer_initiated) then 'TYPE_NOT_COUNTED'
            when d.mode <> all (r.modes) and d.mode <> all (r.modes_counted_apart) then 'MODE_NOT_COUNTED'
            when d.minutes < r.min_minutes then 'TOO_SHORT'
            when d.identified + d.anonymous_participants
                + (r.leader_counts and d.leader_user_id is not null)::integer < r.min_participants
                then 'TOO_FEW_PARTICIPANTS'
            when r.led_by_approved_peer and c.activity_id is null
                and not coalesce(d.local_date between p.approved_from and p.approved_until, false)
                then 'NO_APPROVED_LEADER'
        end as failed
    from hashed d
    left join kind_rule r on r.kind = d.kind
    left join peer p on p.user_id = d.leader_user_id
    left join approved_co_leading c on c.activity_id = d.activity_id and c.local_date = d.local_date
),
-- Only a leader's second day of a kind on a date can be a duplicate or lack new participants: few days are compared.
crowded as (
    select kind, apart, leader, local_date from assessed where failed is null
    group by kind, apart, leader, local_date having count(*) > 1
),
contender as materialized (
    select kind, apart, leader, local_date, d.activity_id, d.starts_at, d.contacts, d.created_at, d.newcomers_confirmed,
        d.leader_user_id is not null and d.new_participants_same_day as takes_turns,
        row_number() over (
            partition by kind, apart, leader, local_date, d.starts_at, compared.place, d.contacts, d.anonymous_participants
            order by d.created_at, d.activity_id) > 1 as duplicate
    from assessed d join crowded using (kind, apart, leader, local_date)
    cross join lateral (select lower(btrim(regexp_replace(normalize(d.place, nfc), '\s+', ' ', 'g')) collate app.norwegian)
        as place) as compared
    where d.failed is null
),
turn as materialized (
    select kind, apart, leader, local_date, activity_id, contacts, newcomers_confirmed, row_number() over (
        partition by kind, apart, leader, local_date order by starts_at nulls last, created_at, activity_id) as number
    from contender
    where not duplicate and takes_turns
),
-- A leader's days of one kind on one date, turn by turn: `met` are the participants of those that counted so far.
met as (
    select kind, apart, leader, local_date, activity_id, number, true as is_new, contacts as met
    from turn where number = 1
    union all
    select t.kind, t.apart, t.leader, t.local_date, t.activity_id, t.number, judged.is_new,
        case when judged.is_new then met.met || t.contacts else met.met end
    from met
    join turn t on t.kind = met.kind and t.apart = met.apart and t.leader = met.leader
        and t.local_date = met.local_date and t.number = met.number + 1
    cross join lateral (select case when cardinality(t.contacts) = 0 then t.newcomers_confirmed
        else not t.contacts && met.met end as is_new) as judged
),
repeated as (
    select activity_id, local_date, 'DUPLICATE' as failed from contender where duplicate
    union all
    select activity_id, local_date, 'SAME_DAY_SAME_PARTICIPANTS' from met where not is_new
),
day as materialized (
    select d.activity_id, d.local_date, d.starts_at, d.minutes, d.identified, d.anonymous_participants, d.contacts, d.kind,
        d.group_kind, d.mode, d.unit_id, d.leader_user_id, d.leader_approved, d.county, d.co_organised, d.content_hash,
        verdict.verdict, verdict.verdict = 'COUNTED' as counted,
        d.apart and coalesce(d.failed, r.failed) is null as counted_apart
    from assessed d
    left join repeated r on r.activity_id = d.activity_id and r.local_date = d.local_date
    cross join lateral (select case
        when d.apart and (d.failed is null or d.failed not in ('OUTSIDE_NORWAY', 'TYPE_NOT_COUNTED')) then 'MODE_NOT_COUNTED'
        else coalesce(d.failed, r.failed, 'COUNTED') end as verdict) as verdict
),
