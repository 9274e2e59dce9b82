drop trigger pending_export_has_its_record on pending_exports;
drop trigger end_pending_export on bufdir_export_audit_log;
drop trigger keep_pending_export on bufdir_export_audit_log;
alter table audit_logs drop constraint audit_report_in_organization;
drop trigger check_who_asked on bufdir_export_audit_log;
drop trigger check_who_asked on report_generations;
drop trigger check_who_asked_again on bufdir_reports;
drop trigger check_who_asked on bufdir_reports;
drop trigger check_participant_key on participant_keys;
drop trigger refuse_erased_attendances on attendances;
drop trigger refuse_erased_year on bufdir_exports;
drop trigger refuse_erased_year_again on bufdir_reports;
drop trigger refuse_erased_year on bufdir_reports;
drop function app.check_pending_export, app.keep_pending_export, app.check_who_asked, app.check_participant_key,
    app.refuse_erased_attendances, app.refuse_erased_year;
drop policy erasure_is_known on participant_keys;
revoke select (organization_id, basis_year, erased_at) on participant_keys from bufdir_definer;
