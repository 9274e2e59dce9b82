-- Every unit with all below it, and how many people attended there.
closure as materialized (
    select id as ancestor, id as unit_id from organizational_units where organization_id = $1
    union all
    select u.parent_id, c.unit_id
    from closure c join organizational_units u on u.organization_id = $1 and u.id = c.ancestor
    where u.parent_id is not null
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
