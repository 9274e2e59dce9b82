drop table format_versions;
drop function app.remove_format_version, app.add_format_version, app.guard_format_version, app.check_format_version,
    app.schema_fault;
