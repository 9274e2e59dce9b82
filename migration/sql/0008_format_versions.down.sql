alter table frozen_days drop column counted_apart;
drop function app.hmac_sha256, app.hmac_pad, app.remove_format_version, app.add_format_version;
