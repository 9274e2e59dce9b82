-- The content hash of each included day (docs/counting.md), under the participants' key made ready for HMAC-SHA256
-- (see app.hmac_sha256).
pads as materialized (select app.hmac_pad({key}::bytea, 54) as inner_pad, app.hmac_pad({key}::bytea, 92) as outer_pad),
hashed as (
    select included.*, sha256(convert_to(
        'activity-day-v1|' || activity_id || '|' || to_char(local_date, 'YYYY-MM-DD') || '|' || kind || '|'
        || coalesce(group_kind, '') || '|' || mode || '|' || unit_id || '|' || coalesce(leader_user_id::text, '') || '|'
        || co_leaders || '|' || country || '|' || coalesce(starts_at::text, '') || '|' || minutes || '|'
        || anonymous_participants || '|' || identified || '|' || peer_initiated::text || '|'
        || newcomers_confirmed::text || '|'
        || encode(sha256(outer_pad || sha256(inner_pad || convert_to('participants-v1|' || activity_id || '|'
            || to_char(local_date, 'YYYY-MM-DD') || '|' || array_to_string(contacts, ','), 'UTF8'))), 'hex') || '|'
        || octet_length(place) || ':' || place || '|' || octet_length(coalesce(county, '')) || ':' || coalesce(county, '')
        || '|' || octet_length(coalesce(co_organiser, '')) || ':' || coalesce(co_organiser, ''), 'UTF8')) as content_hash
    from included cross join pads
),
