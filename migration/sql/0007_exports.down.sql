drop table pending_exports, bufdir_export_audit_log, files cascade;
drop function app.default_partitions_empty, app.check_pending_export, app.keep_pending_export,
    app.enter_export_audit_service, app.check_export_change, app.check_new_export, app.check_log_export_audited,
    app.check_file;
