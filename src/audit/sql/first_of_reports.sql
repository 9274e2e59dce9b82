-- The first entries of several reports' trails: `$5` of each. $2: the reports; $3: the actions that are wanted, or null;
-- $4: the least id that an entry of theirs can have, before which partitions are not read; $6, $7: whether details and
-- hashes are wanted.
select a.id, a.sequence, a.created_at, a.actor_kind, a.actor_user_id, a.actor_name, a.actor_role, a.support_access_id,
    a.action, a.subject_type, a.subject_id, a.report_id, a.message, case when $6 then a.details end as details,
    case when $7 then a.previous_hash end as previous_hash, case when $7 then a.hash end as hash,
    a.sequence::text as page_key, a.id as page_id
from unnest($2::uuid[]) as wanted (report_id)
cross join lateral (
    select * from audit_logs entry
    where entry.organization_id = $1 and entry.report_id = wanted.report_id
        and ($3::text[] is null or entry.action = any ($3)) and entry.id >= $4
    order by entry.sequence limit $5
) a
order by a.report_id, a.sequence
