-- The unit $5 (null: the national one) with all below it, and how many people attended there.
closure as materialized (
    select id as ancestor, id as unit_id from organizational_units
    where organization_id = $1 and case when $5::uuid is null then level = 'national' else id = $5::uuid end
    union all
    select c.ancestor, u.id
    from closure c join organizational_units u on u.organization_id = $1 and u.parent_id = c.unit_id
),
participants as (
    select ancestor, count(*) as participants, count(*) filter (where counted) as counted_participants
    from (
        select c.ancestor, contact_id, bool_or(d.counted) as counted
        from closure c join day d using (unit_id), unnest(d.contacts) as contact_id
        group by c.ancestor, contact_id
    ) as person
    group by ancestor
),
