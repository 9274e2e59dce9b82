sha256(convert_to(
    'activity-day-v1|' || activity_id || '|' || to_char(local_date, 'YYYY-MM-DD') || '|' || kind || '|'
    || coalesce(group_kind, '') || '|' || mode || '|' || unit_id || '|' || coalesce(leader_user_id::text, '') || '|'
    || co_leaders || '|' || country || '|' || coalesce(starts_at::text, '') || '|' || minutes || '|'
    || anonymous_participants || '|' || identified || '|' || peer_initiated::text || '|'
    || newcomers_confirmed::text || '|'
    || encode(sha256(outer_pad || sha256(inner_pad || convert_to('participants-v1|' || activity_id || '|'
        || to_char(local_date, 'YYYY-MM-DD') || '|' || array_to_string(contacts, ','), 'UTF8'))), 'hex') || '|'
    || octet_length(place) || ':' || place || '|' || octet_length(coalesce(county, '')) || ':' || coalesce(county, '')
    || '|' || octet_length(coalesce(co_organiser, '')) || ':' || coalesce(co_organiser, ''), 'UTF8'))
