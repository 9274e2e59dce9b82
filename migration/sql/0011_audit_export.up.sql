-- Exported files of the audit log: who may know of them, and that each has the entry that tells of it.

alter table files add column of_audit_log boolean not null default false;

-- As the log itself: not for coordinators.
create policy log_files_are_for_readers_of_the_log on files as restrictive
    using (organization_id = app.organization_id()
        and (not of_audit_log or (select app.role() = any ('{org_admin,support,system}'::text[]))));

-- An export of the log is itself logged: file and entry are one at commit, down to the checksum.
create function app.check_log_export_audited() returns trigger language plpgsql
as $$
begin
    if not exists (select from audit_logs a
        where a.organization_id = new.organization_id and a.action = 'audit_log_exported' and a.subject_id = new.id
            and a.details ->> 'sha256' = encode(new.sha256, 'hex') and a.created_at = app.now()
            and a.id >= app.uuid_floor(app.now())) then
        perform app.refuse('log_export_audited', 'An export of the log is committed with its audit entry or not at all.');
    end if;
    return null;
end
$$;
create constraint trigger log_export_audited after insert on files
    deferrable initially deferred for each row when (new.of_audit_log) execute function app.check_log_export_audited();
