drop table format_versions;
drop function app.guard_format_version;
