drop trigger log_export_audited on files;
drop function app.check_log_export_audited;
drop policy log_files_are_for_readers_of_the_log on files;
alter table files drop column of_audit_log;
