-- What changed among the approved days since the generation $4 was frozen.
frozen_day as (
    select activity_id, local_date, content_hash from frozen_days where organization_id = $1 and generation_id = $4
)
select (count(*) filter (where f.activity_id is null))::integer as added,
    (count(*) filter (where c.activity_id is null))::integer as removed,
    (count(*) filter (where c.content_hash <> f.content_hash))::integer as changed
from hashed c
full join frozen_day f on f.activity_id = c.activity_id and f.local_date = c.local_date
