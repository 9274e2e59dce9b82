drop table pending_exports, bufdir_export_audit_log, files cascade;
drop function app.default_partitions_empty, app.enter_export_audit_service, app.check_export_change, app.check_new_export, app.check_file;
