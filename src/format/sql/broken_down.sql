-- The days `shown`, added up by month, by unit and by kind at once. Units by id: two may bear one name, and are then told
-- apart by their `parents`. A kind with its sort and mode is one key, which the file's words translate.
added as (
    select case when grouping(month) = 0 then 'month' when grouping(unit_id) = 0 then 'unit' else 'kind' end as part,
        coalesce(month, unit_name, kind_of_day) as name, unit_id, count(*) as days,
        count(distinct activity_id) as activities,
        count(*) filter (where counted) as counted,
        count(*) filter (where counted and kind = 'outreach') as outreach,
        count(*) filter (where counted and kind = 'group') as groups,
        count(*) filter (where counted and kind = 'course') as courses,
        sum(minutes)::bigint as minutes,
        coalesce(sum(participants) filter (where counted), 0)::bigint as attendances
    from (
        select activity_id, unit_id, unit_name, kind, minutes, participants, verdict = 'COUNTED' as counted,
            to_char(local_date, 'YYYY-MM') as month, concat_ws('/', kind, group_kind, mode) as kind_of_day
        from shown
    ) as d
    group by grouping sets ((month), (unit_id, unit_name), (kind_of_day))
),
named as (
    select added.*, case when count(*) over (partition by part, name) > 1 and parent_name is not null
            then name || ' (' || parent_name || ')' else name end as key
    from added left join parents using (unit_id)
)
select part, key, days, activities, counted, outreach, groups, courses, minutes, attendances
from named order by part, key collate "C", unit_id
