-- The participants' key, ready for HMAC-SHA256 (see app.hmac_sha256).
pads as materialized (select app.hmac_pad({key}::bytea, 54) as inner_pad, app.hmac_pad({key}::bytea, 92) as outer_pad),
