-- Stored files, and the append-only record of every export operation.

create table files (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    file_name text not null,
    media_type text not null,
    size_bytes bigint not null constraint file_size_bytes_non_negative check (size_bytes >= 0),
    sha256 bytea not null constraint file_checksum_format check (length(sha256) = 32),
    storage_key text not null constraint file_url_max_length check (length(storage_key) <= 2048),
    renderer_version text not null,
    created_at timestamptz not null,
    download_count bigint not null default 0 constraint download_count_non_negative check (download_count >= 0),
    last_downloaded_at timestamptz,
    last_downloaded_by_user_id uuid references users (id),
    -- An export of the audit log, or of the ledger (its trigger mark_ledger_file sets this one): not for coordinators.
    of_audit_log boolean not null default false,
    of_ledger boolean not null default false,
    primary key (organization_id, id)
);

create function app.check_file() returns trigger language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or new.download_count < old.download_count
        or (to_jsonb(new) - '{download_count,last_downloaded_at,last_downloaded_by_user_id}'::text[])
            <> (to_jsonb(old) - '{download_count,last_downloaded_at,last_downloaded_by_user_id}'::text[]) then
        perform app.refuse('completed_export_is_immutable');
    end if;
    return new;
end
$$;
create trigger check_file before update or delete on files for each row execute function app.check_file();
create trigger refuse_truncate before truncate on files execute function app.check_file();

-- An export of the log is itself logged: file and entry are one at commit, down to the checksum.
create function app.check_log_export_audited() returns trigger language plpgsql
as $$
begin
    if not exists (select from audit_logs a
        where a.organization_id = new.organization_id and a.action = 'audit_log_exported' and a.subject_id = new.id
            and a.details ->> 'sha256' = encode(new.sha256, 'hex') and a.created_at = app.now()
            and a.id >= app.uuid_floor(app.now())) then
        perform app.refuse('log_export_audited');
    end if;
    return null;
end
$$;
create constraint trigger log_export_audited after insert on files
    deferrable initially deferred for each row when (new.of_audit_log) execute function app.check_log_export_audited();

create table bufdir_export_audit_log (
    id uuid primary key constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    organization_id uuid not null references organizations (id),
    triggered_by_user_id uuid not null references users (id),
    report_period_id uuid not null,
    status text not null constraint export_status_is_valid_enum check (status in ('pending', 'complete', 'failed')),
    export_format text not null constraint export_format_is_valid_enum check (app.is_export_format(export_format)),
    scope_level text not null constraint scope_level_is_valid_enum check (scope_level in ('national', 'region', 'local')),
    scope_id uuid,
    file_url text constraint file_url_max_length check (length(file_url) <= 2048),
    file_size_bytes bigint constraint file_size_bytes_non_negative check (file_size_bytes >= 0),
    activity_count integer constraint activity_count_non_negative check (activity_count >= 0),
    participant_count integer constraint participant_count_non_negative check (participant_count >= 0),
    bufdir_submission_reference text constraint submission_reference_length
        check (length(bufdir_submission_reference) between 1 and 200),
    error_message text,
    error_code text constraint error_code_max_length check (length(error_code) <= 64),
    column_schema_version text constraint export_format_version_known references format_versions (version),
    created_at timestamptz not null,
    completed_at timestamptz,
    -- Which pipeline's caller asked: a report's export, or the ledger's.
    origin text not null constraint export_origin_valid check (origin in ('report', 'ledger')),
    report_id uuid,
    report_generation_id uuid,
    language text not null constraint export_language_valid check (language in ('nb', 'en')),
    support_access_id uuid,
    file_id uuid,
    constraint scope_id_required_for_non_national check ((scope_level = 'national') = (scope_id is null)),
    constraint file_url_requires_complete_status
        check (status = 'complete' or (file_url is null and file_size_bytes is null and file_id is null)),
    constraint complete_export_has_its_file
        check (status <> 'complete' or num_nonnulls(file_url, file_size_bytes, file_id, activity_count, participant_count) = 5),
    constraint completed_at_set_on_terminal_status check ((status = 'pending') = (completed_at is null)),
    constraint completed_at_not_before_created_at check (completed_at >= created_at),
    constraint error_fields_require_failed_status
        check (status = 'failed' or (error_message is null and error_code is null)),
    constraint failed_export_requires_error_message
        check (status <> 'failed' or (error_code is not null and error_message is not null and btrim(error_message) <> '')),
    constraint export_id_carries_its_time
        check (app.uuid_millis(id) = floor(extract(epoch from created_at) * 1000)::bigint),
    constraint report_export_names_its_generation
        check (num_nonnulls(report_id, report_generation_id) = case origin when 'report' then 2 else 0 end),
    constraint report_period_must_belong_to_organization foreign key (organization_id, report_period_id)
        references report_periods (organization_id, id),
    constraint scope_unit_in_organization foreign key (organization_id, scope_id)
        references organizational_units (organization_id, id),
    constraint export_report_in_organization foreign key (organization_id, report_id)
        references bufdir_reports (organization_id, id),
    constraint export_generation_in_organization foreign key (organization_id, report_generation_id)
        references report_generations (organization_id, id),
    constraint export_support_grant_in_organization foreign key (organization_id, support_access_id)
        references support_access (organization_id, id),
    constraint export_file_in_organization foreign key (organization_id, file_id) references files (organization_id, id)
) partition by range (id);

create index idx_bufdir_export_audit_log_org_created on bufdir_export_audit_log (organization_id, created_at);
create index idx_bufdir_export_audit_log_org_status on bufdir_export_audit_log (organization_id, status);
create index idx_bufdir_export_audit_log_report_period on bufdir_export_audit_log (organization_id, report_period_id);
create index idx_bufdir_export_audit_log_triggered_by on bufdir_export_audit_log (triggered_by_user_id);
create index idx_bufdir_export_audit_log_created_at on bufdir_export_audit_log (created_at);

-- Null columns and foreign rows would otherwise be refused namelessly, by the column or by a policy.
create function app.check_new_export() returns trigger language plpgsql
as $$
begin
    if new.id is null or not app.is_uuid_v7(new.id) then
        perform app.refuse('id_is_valid_uuid', 'An export''s id is a UUIDv7.');
    end if;
    if new.organization_id is null then
        perform app.refuse('organization_id_not_null');
    end if;
    if new.triggered_by_user_id is null then
        perform app.refuse('triggered_by_user_id_not_null');
    end if;
    if new.report_period_id is null then
        perform app.refuse('report_period_id_not_null');
    end if;
    if new.status is distinct from 'pending' then
        perform app.refuse('status_initial_value_is_pending');
    end if;
    if new.export_format is null then
        perform app.refuse('export_format_is_valid_enum', 'An export names its format.');
    end if;
    if new.scope_level is null then
        perform app.refuse('scope_level_is_valid_enum', 'An export names its scope.');
    end if;
    if new.bufdir_submission_reference is not null then
        perform app.refuse('submission_reference_set_once', 'A reference is given to a complete export.');
    end if;
    if app.role() is null or app.role() not in ('coordinator', 'org_admin', 'support', 'system')
        or (app.support_access_id() is null
            and not app.has_reporting_role(new.organization_id, new.triggered_by_user_id)) then
        perform app.refuse('coordinator_or_admin_required_to_create');
    end if;
    if not exists (select from report_periods p
        where p.organization_id = new.organization_id and p.id = new.report_period_id) then
        perform app.refuse('report_period_must_belong_to_organization', 'The period belongs to another organization.');
    end if;
    if new.scope_level in ('region', 'local') and new.scope_id is not null and not exists (
        select from organizational_units u
        where u.organization_id = new.organization_id and u.id = new.scope_id and u.level = new.scope_level) then
        perform app.refuse('scope_unit_has_its_level');
    end if;
    if new.report_id is not null and new.report_generation_id is not null and not exists (
        select from report_generations g
        join bufdir_reports r on r.organization_id = g.organization_id and r.id = g.report_id
        where g.organization_id = new.organization_id and g.id = new.report_generation_id and r.id = new.report_id
            and r.report_period_id = new.report_period_id) then
        perform app.refuse('report_export_names_its_generation', 'Report, generation and period do not belong together.');
    end if;
    if new.origin = 'report' and new.scope_level = 'national' and exists (select from report_warnings w
        where w.organization_id = new.organization_id and w.generation_id = new.report_generation_id
            and w.accepted_at is null) then
        perform app.refuse('warnings_must_be_accepted');
    end if;
    return new;
end
$$;
create trigger check_new_export before insert on bufdir_export_audit_log
    for each row execute function app.check_new_export();
create trigger check_who_asked before insert on bufdir_export_audit_log
    for each row execute function app.check_who_asked('triggered_by_user_id');

create function app.check_export_change() returns trigger language plpgsql
as $$
declare
    result_columns constant text[] := '{status,file_url,file_size_bytes,file_id,activity_count,participant_count,'
        'error_message,error_code,column_schema_version,completed_at}';
begin
    if tg_op <> 'UPDATE' then
        perform app.refuse('append_only_immutability', 'Export records are never deleted.');
    end if;
    if (to_jsonb(new) - result_columns - 'bufdir_submission_reference')
        <> (to_jsonb(old) - result_columns - 'bufdir_submission_reference') then
        perform app.refuse('append_only_immutability', 'What was asked for never changes.');
    end if;
    if new.bufdir_submission_reference is distinct from old.bufdir_submission_reference
        and (old.bufdir_submission_reference is not null or old.status <> 'complete') then
        perform app.refuse('submission_reference_set_once');
    end if;
    if (to_jsonb(new) - 'bufdir_submission_reference') <> (to_jsonb(old) - 'bufdir_submission_reference') then
        if old.status <> 'pending' then
            perform app.refuse('status_forward_only_transition');
        end if;
        if nullif(current_setting('app.service', true), '') is distinct from 'export_audit' then
            perform app.refuse('export_status_written_by_service');
        end if;
    end if;
    return new;
end
$$;
create trigger check_export_change before update on bufdir_export_audit_log
    for each row execute function app.check_export_change();
create trigger refuse_change before delete or truncate on bufdir_export_audit_log
    execute function app.check_export_change();
select app.partition_by_year('bufdir_export_audit_log', 'app.check_export_change', 'delete or truncate');
create trigger notify_change after insert or update on bufdir_export_audit_log
    for each row execute function app.notify_change('export', 'id');

-- The one way into the service that records an export's result.
create function app.enter_export_audit_service() returns void language plpgsql
as $$
begin
    if app.role() is distinct from 'system' then
        perform app.refuse('export_status_written_by_service', 'Only a worker records a result.');
    end if;
    set local app.service = 'export_audit';
end
$$;

-- One pending export per report, scope and format. A row lives as long as its export is pending.
create table pending_exports (
    organization_id uuid not null references organizations (id),
    export_id uuid not null,
    report_id uuid not null,
    scope_level text not null,
    scope_id uuid,
    export_format text not null,
    primary key (organization_id, export_id)
);
create unique index one_pending_export on pending_exports (organization_id, report_id, scope_level, scope_id, export_format)
    nulls not distinct;

-- The log's pending rows of reports are those of pending_exports: kept by the log itself, and by nothing else.
create function app.keep_pending_export() returns trigger language plpgsql
as $$
begin
    if tg_op = 'INSERT' then
        insert into pending_exports (organization_id, export_id, report_id, scope_level, scope_id, export_format)
        values (new.organization_id, new.id, new.report_id, new.scope_level, new.scope_id, new.export_format);
    else
        delete from pending_exports where organization_id = new.organization_id and export_id = new.id;
    end if;
    return null;
end
$$;
create trigger keep_pending_export after insert on bufdir_export_audit_log
    for each row when (new.origin = 'report') execute function app.keep_pending_export();
create trigger end_pending_export after update on bufdir_export_audit_log
    for each row when (old.status = 'pending' and new.status <> 'pending') execute function app.keep_pending_export();

create function app.check_pending_export() returns trigger language plpgsql
as $$
declare
    subject pending_exports;
begin
    subject := case tg_op when 'DELETE' then old else new end;
    if (select (p.report_id, p.scope_level, p.scope_id, p.export_format) from pending_exports p
            where p.organization_id = subject.organization_id and p.export_id = subject.export_id)
        is distinct from
        (select (e.report_id, e.scope_level, e.scope_id, e.export_format) from bufdir_export_audit_log e
            where e.organization_id = subject.organization_id and e.id = subject.export_id
                and e.status = 'pending' and e.origin = 'report') then
        perform app.refuse('pending_export_has_its_record');
    end if;
    return null;
end
$$;
create constraint trigger pending_export_has_its_record after insert or update or delete on pending_exports
    deferrable initially deferred for each row execute function app.check_pending_export();

-- Workers store files, and whoever exports the log. A coordinator, who doesn't see the ledger, would store one unmarked.
select app.protect('files', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,support,system}',
    inserters => '{org_admin,support,system}');
-- As the log itself: not for coordinators.
create policy log_files_are_for_readers_of_the_log on files as restrictive
    using (organization_id = app.organization_id()
        and (not of_audit_log or (select app.role() = any ('{org_admin,support,system}'::text[]))));
-- As the ledger itself: not for coordinators, neither to read nor to change. The answer stands in the row, so that no
-- row asks for another table.
create policy ledger_files_are_for_keepers_of_the_ledger on files as restrictive
    using (organization_id = app.organization_id()
        and (not of_ledger or (select app.role() = any ('{org_admin,support,system}'::text[]))));
select app.protect('pending_exports', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}');
alter table bufdir_export_audit_log enable row level security;
alter table bufdir_export_audit_log force row level security;
create policy organization_scoped_access on bufdir_export_audit_log for select
    using (organization_id = app.organization_id() and (app.role() in ('org_admin', 'support', 'system')
        or (app.role() = 'coordinator' and origin = 'report')));
create policy tenant_inserts on bufdir_export_audit_log for insert
    with check (organization_id = app.organization_id() and (app.role() in ('org_admin', 'system')
        or (app.role() = 'coordinator' and origin = 'report') or (app.role() = 'support' and origin = 'ledger')));
create policy tenant_updates on bufdir_export_audit_log for update
    using (organization_id = app.organization_id() and (app.role() in ('org_admin', 'system')
        or (app.role() = 'coordinator' and origin = 'report')));
grant select, insert, update on files, bufdir_export_audit_log to bufdir_app;
grant select, insert, delete on pending_exports to bufdir_app;

-- Whether all rows lie in the partitions made for their year. The default partitions catch what was not foreseen.
create function app.default_partitions_empty() returns boolean language sql stable security definer
set search_path = pg_catalog, public
as $$
    select not exists (select from public.audit_logs_default)
        and not exists (select from public.bufdir_export_audit_log_default)
$$;
create policy default_is_watched on audit_logs_default for select to bufdir_definer using (true);
create policy default_is_watched on bufdir_export_audit_log_default for select to bufdir_definer using (true);
grant select on audit_logs_default, bufdir_export_audit_log_default to bufdir_definer;
alter function app.default_partitions_empty owner to bufdir_definer;
