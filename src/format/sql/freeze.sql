-- What the generation $6 keeps for good.
frozen_day as (
    insert into frozen_days (organization_id, generation_id, activity_id, local_date, kind, group_kind, mode, unit_id,
        unit_name, leader_user_id, county, starts_at, minutes, participants, anonymous_participants, verdict,
        counted_apart, activity_status, content_hash)
    select $1, $6, d.activity_id, d.local_date, d.kind, d.group_kind, d.mode, d.unit_id, u.name, d.leader_user_id,
        d.county, d.starts_at, d.minutes, d.identified + d.anonymous_participants, d.anonymous_participants, d.verdict,
        d.counted_apart, 'approved', d.content_hash
    from day d
    join organizational_units u on u.organization_id = $1 and u.id = d.unit_id
    order by d.activity_id, d.local_date
),
frozen_unit as (
    insert into frozen_unit_figures (organization_id, generation_id, unit_id, unit_name, level, parent_id,
        activity_count, participant_count, volunteer_count, total_hours, figures)
    select $1, $6, unit_id, name, level, parent_id, activities, participants, volunteers, hours, figures
    from unit_figures
),
