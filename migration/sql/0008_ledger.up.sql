-- The export ledger: one row for each export of the admin portal, frozen once it is complete. Its id is also that of the
-- operation in bufdir_export_audit_log and of the stored file.

create table bufdir_exports (
    id uuid primary key constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    organization_id uuid not null references organizations (id),
    generated_by_user_id uuid not null references users (id),
    report_period_start timestamptz not null,
    report_period_end timestamptz not null,
    status text not null constraint ledger_status_is_valid_enum
        check (status in ('pending', 'generating', 'completed', 'failed')),
    export_format text not null constraint valid_export_format check (app.is_export_format(export_format)),
    schema_version text not null constraint schema_version_non_empty check (btrim(schema_version) <> '')
        constraint ledger_schema_version_known references format_versions (version),
    activity_count integer constraint activity_count_non_negative check (activity_count >= 0),
    file_path text,
    file_size_bytes bigint,
    file_checksum text constraint file_checksum_format check (file_checksum ~ '^[0-9a-f]{64}$'),
    download_count integer not null default 0 constraint download_count_non_negative check (download_count >= 0),
    last_downloaded_at timestamptz,
    last_downloaded_by_user_id uuid references users (id),
    error_message text,
    -- Parameters, snapshot's time, rules' hash, grant reference codes, warnings, control totals.
    metadata jsonb,
    generated_at timestamptz not null,
    completed_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    report_period_id uuid not null,
    -- The export that this one was made instead of.
    follows_export_id uuid,
    constraint period_start_before_end check (report_period_start < report_period_end),
    constraint file_path_required_on_complete check (status <> 'completed' or (btrim(file_path) <> ''
        and num_nonnulls(file_path, file_size_bytes, file_checksum, activity_count, completed_at) = 5)),
    constraint ledger_file_requires_completed_status check (status = 'completed'
        or num_nonnulls(file_path, file_size_bytes, file_checksum, activity_count, completed_at, last_downloaded_at) = 0),
    constraint failed_export_requires_error_message
        check (status <> 'failed' or (error_message is not null and btrim(error_message) <> '')),
    constraint error_fields_require_failed_status check (status = 'failed' or error_message is null),
    constraint report_period_keeps_its_dates
        foreign key (organization_id, report_period_id, report_period_start, report_period_end)
        references report_periods (organization_id, id, starts_at, ends_at)
);
create unique index bufdir_exports_org_id on bufdir_exports (organization_id, id);
alter table bufdir_exports add constraint ledger_follows_in_organization
    foreign key (organization_id, follows_export_id) references bufdir_exports (organization_id, id);

create index idx_bufdir_exports_organization_id on bufdir_exports (organization_id);
create index idx_bufdir_exports_organization_period on bufdir_exports (organization_id, report_period_start, report_period_end);
create index idx_bufdir_exports_generated_by on bufdir_exports (generated_by_user_id);
create index idx_bufdir_exports_status on bufdir_exports (status);
create index idx_bufdir_exports_generated_at on bufdir_exports (generated_at);

create function app.check_ledger_export() returns trigger language plpgsql
as $$
declare
    asked constant text[] := '{id,organization_id,generated_by_user_id,report_period_id,report_period_start,'
        'report_period_end,export_format,schema_version,generated_at,created_at,follows_export_id}';
    downloads constant text[] := '{download_count,last_downloaded_at,last_downloaded_by_user_id,updated_at}';
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('append_only_immutability', 'Export records are never deleted.');
    end if;
    if tg_op = 'INSERT' then
        if app.role() is null or app.role() not in ('org_admin', 'support')
            or new.generated_by_user_id is distinct from app.user_id() then
            perform app.refuse('org_admin_only_access');
        end if;
        if new.status is distinct from 'pending' then
            perform app.refuse('status_initial_value_is_pending');
        end if;
        if new.report_period_end > app.now() then
            perform app.refuse('period_must_not_be_future');
        end if;
        if new.download_count <> 0 or num_nonnulls(new.last_downloaded_at, new.last_downloaded_by_user_id) > 0 then
            perform app.refuse('download_audit_required', 'A new export was never downloaded.');
        end if;
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if old.status = 'completed' and (row_after - downloads) <> (row_before - downloads) then
        perform app.refuse('completed_export_is_immutable', 'A completed export never changes; make a new one.');
    end if;
    if old.status = 'failed' and row_after <> row_before then
        perform app.refuse('status_forward_only_transition', 'A failed export never changes; make a new one.');
    end if;
    if exists (select from unnest(asked) as name where row_after -> name is distinct from row_before -> name) then
        perform app.refuse('append_only_immutability', 'What was asked for never changes.');
    end if;
    if old.status = 'generating' and new.status = 'pending' then
        perform app.refuse('status_forward_only_transition', 'An export that has begun is not pending again.');
    end if;
    if (row_after - downloads) <> (row_before - downloads) and app.role() is distinct from 'system' then
        perform app.refuse('export_status_written_by_service', 'Only a worker records a result.');
    end if;
    -- A download counts one, and says when and by whom.
    if (new.download_count, new.last_downloaded_at, new.last_downloaded_by_user_id)
            is distinct from (old.download_count, old.last_downloaded_at, old.last_downloaded_by_user_id)
        and (new.status <> 'completed' or new.download_count <> old.download_count + 1
            or num_nonnulls(new.last_downloaded_at, new.last_downloaded_by_user_id) < 2) then
        perform app.refuse('download_audit_required', 'A download counts one, with its time and person.');
    end if;
    new.updated_at := app.now();
    return new;
end
$$;
create trigger check_ledger_export before insert or update or delete on bufdir_exports
    for each row execute function app.check_ledger_export();
create trigger refuse_erased_year before insert on bufdir_exports
    for each row execute function app.refuse_erased_year('report_period_start');
create trigger refuse_truncate before truncate on bufdir_exports execute function app.check_ledger_export();

-- Counter and audit entry are one: at commit, a download has its entry.
create function app.check_download_audited() returns trigger language plpgsql
as $$
begin
    if new.download_count <> old.download_count and not exists (select from audit_logs a
        where a.organization_id = new.organization_id and a.action = 'file_downloaded' and a.subject_id = new.id
            and a.actor_user_id = new.last_downloaded_by_user_id and a.created_at = app.now()
            and a.id >= app.uuid_floor(app.now())) then
        perform app.refuse('download_audit_required', 'A download is committed with its audit entry or not at all.');
    end if;
    return null;
end
$$;
create constraint trigger download_audit_required after update on bufdir_exports
    deferrable initially deferred for each row execute function app.check_download_audited();

-- A download is counted once, on the file; the ledger's row follows it within the transaction.
create function app.count_ledger_download() returns trigger language plpgsql
as $$
begin
    update bufdir_exports set download_count = download_count + 1, last_downloaded_at = new.last_downloaded_at,
        last_downloaded_by_user_id = new.last_downloaded_by_user_id
    where organization_id = new.organization_id and id = new.id;
    return null;
end
$$;
create trigger count_ledger_download after update of download_count on files
    for each row when (new.download_count > old.download_count) execute function app.count_ledger_download();

-- Whether a file is the ledger's (files.of_ledger): the ledger's own row tells, whose id is the file's, and not whoever
-- stores it.
create function app.mark_ledger_file() returns trigger language plpgsql
as $$
begin
    new.of_ledger := exists (select from bufdir_exports e
        where e.organization_id = new.organization_id and e.id = new.id);
    return new;
end
$$;
create trigger mark_ledger_file before insert on files for each row execute function app.mark_ledger_file();

create trigger notify_change after insert or update on bufdir_exports
    for each row execute function app.notify_change('export', 'id');

select app.protect('bufdir_exports', '{org_admin,support,system}', '{org_admin,support,system}', '{org_admin,support}');
grant select, insert, update on bufdir_exports to bufdir_app;
