-- The days `shown`, added up by month, by unit and by kind at once. Units by id: two may bear one name. A kind with its
-- sort and mode is one key, which the file's words translate.
select case when grouping(month) = 0 then 'month' when grouping(unit_id) = 0 then 'unit' else 'kind' end as part,
    coalesce(month, unit_name, kind_of_day) as key, count(*) as days, count(distinct activity_id) as activities,
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
order by 1, coalesce(month, unit_name, kind_of_day) collate "C", unit_id
