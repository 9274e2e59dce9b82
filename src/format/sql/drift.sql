-- What changed among the approved days since the generation $4 was frozen, and a digest of just that: two changes that
-- are as many are not the same.
frozen_day as (
    select activity_id, local_date, content_hash from frozen_days where organization_id = $1 and generation_id = $4
),
differing as (
    select c.activity_id is null as is_gone, f.activity_id is null as is_new, c.content_hash,
        coalesce(c.activity_id, f.activity_id) as activity_id, coalesce(c.local_date, f.local_date) as local_date
    from hashed c
    full join frozen_day f on f.activity_id = c.activity_id and f.local_date = c.local_date
    where c.content_hash is distinct from f.content_hash
)
select (count(*) filter (where is_new))::integer as added,
    (count(*) filter (where is_gone))::integer as removed,
    (count(*) filter (where not is_new and not is_gone))::integer as changed,
    encode(sha256(convert_to(string_agg(
        activity_id || '|' || to_char(local_date, 'YYYY-MM-DD') || '|' || coalesce(encode(content_hash, 'hex'), ''),
        E'\n' order by activity_id, local_date), 'UTF8')), 'hex') as days_sha256
from differing
