-- Custom reports: what an org admin defines, and each run of it.

-- The formats in which custom reports can be had: `CustomOutputFormat` of `entity`. Each is the extension of its files.
create function app.is_custom_output_format(format text) returns boolean language sql immutable
as $$
    select format in ('xlsx', 'csv', 'pdf', 'json')
$$;

-- Whether a text is a cron expression of five fields, as src/custom_report/schedule/expression.rs reads them: stars,
-- numbers, names, ranges that do not wrap, lists, and steps of stars and ranges. Whether it ever comes due is for the
-- program to say.
create function app.is_cron(expression text) returns boolean language plpgsql immutable parallel safe strict
as $$
declare
    fields text[] := regexp_split_to_array(lower(btrim(expression, E' \t')), '[ \t]+');
    lowest constant integer[] := '{0,0,1,1,0}';
    highest constant integer[] := '{59,23,31,12,7}';
    names constant text[] := array['', '', '', 'jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec',
        'sun,mon,tue,wed,thu,fri,sat'];
    item text;
    parts text[];
    bounds integer[];
begin
    if array_length(fields, 1) <> 5 or length(expression) > 200 then
        return false;
    end if;
    for position in 1..5 loop
        foreach item in array string_to_array(fields[position], ',') loop
            -- The star or the first number, the last one of a range, the step.
            parts := regexp_match(item, '^(\*|[0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?(?:/([0-9]{1,2}))?$');
            if parts is null or parts[3]::integer = 0 then
                return false;
            end if;
            if parts[1] = '*' then
                if parts[2] is not null or (parts[3] is null and fields[position] <> '*') then
                    return false;
                end if;
                continue;
            end if;
            if parts[2] is null and parts[3] is not null then
                return false;
            end if;
            -- Each by its number or its name.
            bounds := array(select case when bound ~ '^[0-9]' then bound::integer
                    else lowest[position] - 1 + array_position(string_to_array(names[position], ','), bound) end
                from unnest(array[parts[1], coalesce(parts[2], parts[1])]) with ordinality as one (bound, place)
                order by place);
            -- Sunday ends a week as well as it begins one.
            if position = 5 and parts[2] = 'sun' then
                bounds[2] := 7;
            end if;
            if not coalesce(bounds[1] >= lowest[position] and bounds[2] <= highest[position] and bounds[1] <= bounds[2],
                    false) then
                return false;
            end if;
        end loop;
    end loop;
    return true;
end
$$;

create table custom_reports (
    id uuid primary key constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    organization_id uuid not null references organizations (id),
    created_by_user_id uuid not null references users (id),
    name text not null constraint name_not_empty check (name ~ '\S')
        constraint custom_report_name_length check (length(name) <= 200),
    description text constraint custom_report_description_length check (length(description) <= 5000),
    report_type text not null constraint valid_report_type
        check (report_type in ('activities', 'peer_mentors', 'participants', 'units')),
    -- The shape of these three: src/custom_report/definition.rs. Its version stands in filters.
    filters jsonb constraint filters_valid_json check (filters is not null and jsonb_typeof(filters) = 'object'
        and coalesce(filters ->> 'version', '') ~ '^[1-9][0-9]{0,3}$'),
    groupings jsonb constraint groupings_are_an_array check (jsonb_typeof(groupings) = 'array'),
    columns jsonb not null constraint columns_not_empty
        check (case when jsonb_typeof(columns) = 'array' then jsonb_array_length(columns) > 0 else false end),
    output_format text not null constraint valid_output_format check (app.is_custom_output_format(output_format)),
    date_range_type text not null constraint valid_date_range_type check (date_range_type in ('fixed', 'last_7_days',
        'last_30_days', 'last_month', 'last_quarter', 'last_year', 'month_to_date', 'year_to_date')),
    -- The first and the last instant of local days, both included.
    date_from timestamptz,
    date_to timestamptz,
    is_scheduled boolean not null default false,
    -- Local time. Kept when failures switched the schedule off, so that it can be switched on again.
    schedule_cron text,
    last_run_at timestamptz,
    last_run_status text constraint valid_last_run_status
        check (last_run_status in ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    last_run_row_count integer constraint last_run_row_count_non_negative check (last_run_row_count >= 0),
    -- A storage key, never a signed link.
    last_output_file_url text constraint file_url_max_length check (length(last_output_file_url) <= 2048),
    is_active boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- The language of files and labels.
    language text not null default 'nb' constraint export_language_valid check (language in ('nb', 'en')),
    -- The grant under which a global admin made it.
    created_under_support_access_id uuid,
    -- When the schedule comes due next.
    next_run_at timestamptz,
    -- Failed runs of the schedule in a row.
    schedule_failures integer not null default 0
        constraint schedule_failures_non_negative check (schedule_failures >= 0),
    -- Why failures switched the schedule off.
    schedule_disabled_reason text,
    constraint fixed_range_requires_dates check (case when date_range_type = 'fixed'
        then coalesce(date_from < date_to, false) else num_nonnulls(date_from, date_to) = 0 end),
    constraint fixed_range_is_whole_days check (date_from = app.day_start((date_from at time zone 'Europe/Oslo')::date)
        and date_to = app.day_end((date_to at time zone 'Europe/Oslo')::date)),
    constraint schedule_requires_cron check (not is_scheduled or schedule_cron is not null),
    constraint cron_requires_schedule
        check (is_scheduled or schedule_cron is null or schedule_disabled_reason is not null),
    constraint disabled_schedule_is_off
        check (schedule_disabled_reason is null or (not is_scheduled and schedule_disabled_reason ~ '\S')),
    constraint next_run_exactly_of_schedules check ((next_run_at is not null) = (is_scheduled and is_active)),
    constraint last_run_is_complete check ((last_run_at is null) = (last_run_status is null)
        and (last_run_at is not null or num_nonnulls(last_run_row_count, last_output_file_url) = 0)),
    constraint custom_report_support_grant_in_organization
        foreign key (organization_id, created_under_support_access_id) references support_access (organization_id, id)
);
create unique index custom_reports_org_id on custom_reports (organization_id, id);

create index idx_custom_reports_organization_id on custom_reports (organization_id);
create index idx_custom_reports_created_by on custom_reports (created_by_user_id);
create index idx_custom_reports_org_active on custom_reports (organization_id, is_active);
create index idx_custom_reports_scheduled on custom_reports (is_scheduled, is_active);

create function app.check_custom_report() returns trigger language plpgsql
as $$
declare
    -- What runs and schedules leave on the definition; all else is somebody's decision.
    results constant text[] := '{last_run_at,last_run_status,last_run_row_count,last_output_file_url}';
    states constant text[] := results || '{is_scheduled,schedule_failures,schedule_disabled_reason,next_run_at}'::text[];
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('custom_report_never_deleted');
    end if;
    -- A null column would otherwise be refused namelessly.
    if new.name is null then
        perform app.refuse('name_not_empty');
    end if;
    if new.columns is null then
        perform app.refuse('columns_not_empty');
    end if;
    if new.output_format is null then
        perform app.refuse('valid_output_format', 'A custom report has an output format.');
    end if;
    if tg_op = 'INSERT' then
        if app.role() is null or app.role() not in ('org_admin', 'support')
            or (new.created_by_user_id, new.created_under_support_access_id)
                is distinct from (app.user_id(), app.support_access_id()) then
            perform app.refuse('org_admin_only_create');
        end if;
        if num_nonnulls(new.last_run_at, new.schedule_disabled_reason) > 0 or new.schedule_failures <> 0 then
            perform app.refuse('run_result_written_by_worker', 'A new custom report has not run.');
        end if;
        new.created_at := app.now();
        new.updated_at := app.now();
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if (new.id, new.organization_id, new.created_at) is distinct from (old.id, old.organization_id, old.created_at) then
        perform app.refuse('custom_report_identity_immutable', 'A custom report keeps its id and organization.');
    end if;
    if app.role() = 'system' then
        if (row_after - states) <> (row_before - states) or (new.is_scheduled and not old.is_scheduled) then
            perform app.refuse('org_admin_only_create', 'A worker records results and changes no definition.');
        end if;
        return new;
    end if;
    if app.role() is null or app.role() not in ('org_admin', 'support') then
        perform app.refuse('org_admin_only_create', 'Only org admins and support change custom reports.');
    end if;
    if exists (select from unnest(results) as name where row_after -> name is distinct from row_before -> name)
        or new.schedule_failures not in (0, old.schedule_failures)
        or coalesce(new.schedule_disabled_reason, old.schedule_disabled_reason)
            is distinct from old.schedule_disabled_reason then
        perform app.refuse('run_result_written_by_worker');
    end if;
    if not old.is_active then
        perform app.refuse('custom_report_stays_deleted');
    end if;
    if new.created_by_user_id <> old.created_by_user_id
        and not app.has_reporting_role(new.organization_id, new.created_by_user_id) then
        perform app.refuse('custom_report_owner_is_staff', 'A custom report goes to an active coordinator or org admin.');
    end if;
    if new.created_under_support_access_id is distinct from
        (case when new.created_by_user_id = old.created_by_user_id then old.created_under_support_access_id end) then
        perform app.refuse('custom_report_owner_is_staff', 'A grant stays with its global admin.');
    end if;
    new.updated_at := app.now();
    return new;
end
$$;
create trigger check_custom_report before insert or update or delete on custom_reports
    for each row execute function app.check_custom_report();
create trigger refuse_truncate before truncate on custom_reports execute function app.check_custom_report();

-- Of a hand-over app.check_custom_report sees to the same.
create function app.check_custom_report_owner() returns trigger language plpgsql
as $$
begin
    if not exists (select from users u where u.id = new.created_by_user_id and u.is_active)
        or (app.role() = 'org_admin' and not app.has_reporting_role(app.organization_id(), new.created_by_user_id)) then
        perform app.refuse('custom_report_owner_is_staff', 'A custom report belongs to somebody active.');
    end if;
    return new;
end
$$;
create trigger check_custom_report_owner before insert on custom_reports
    for each row execute function app.check_custom_report_owner();

-- A rule of what is newly written, and so no CHECK: what another version of the program wrote stays as it is until it
-- comes due, and then a worker switches it off.
create function app.check_schedule_cron() returns trigger language plpgsql
as $$
begin
    if not app.is_cron(new.schedule_cron) then
        perform app.refuse('valid_cron_expression');
    end if;
    return new;
end
$$;
create trigger check_new_schedule_cron before insert on custom_reports
    for each row when (new.schedule_cron is not null) execute function app.check_schedule_cron();
create trigger check_schedule_cron before update on custom_reports
    for each row when (new.schedule_cron is distinct from old.schedule_cron
        or (new.is_scheduled and not old.is_scheduled)) execute function app.check_schedule_cron();

create table custom_report_runs (
    organization_id uuid not null references organizations (id),
    id uuid not null constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    custom_report_id uuid not null,
    -- Of a schedule's run: whoever the definition belonged to.
    requested_by_user_id uuid not null references users (id),
    support_access_id uuid,
    trigger text not null constraint run_trigger_valid check (trigger in ('manual', 'schedule')),
    -- When the schedule wanted it.
    due_at timestamptz,
    status text not null constraint run_status_valid
        check (status in ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    output_format text not null constraint valid_output_format check (app.is_custom_output_format(output_format)),
    language text not null constraint export_language_valid check (language in ('nb', 'en')),
    -- Local dates, both included.
    date_from date not null,
    date_to date not null,
    -- What was asked, as the definition then stood.
    definition jsonb not null constraint run_definition_is_an_object check (jsonb_typeof(definition) = 'object'),
    rows_so_far integer not null default 0,
    row_count integer,
    file_id uuid,
    control_totals jsonb,
    error_code text constraint error_code_max_length check (length(error_code) <= 64),
    error_message text,
    created_at timestamptz not null,
    started_at timestamptz,
    completed_at timestamptz,
    cancel_requested_at timestamptz,
    cancel_requested_by_user_id uuid constraint run_cancelled_by_somebody references users (id),
    primary key (organization_id, id),
    constraint run_due_at_of_schedules check ((trigger = 'schedule') = (due_at is not null)),
    constraint run_dates_in_order check (date_from <= date_to),
    constraint run_rows_non_negative check (rows_so_far >= 0 and row_count >= 0),
    constraint succeeded_run_has_its_file
        check (status <> 'succeeded' or num_nonnulls(file_id, row_count, control_totals) = 3),
    constraint run_result_requires_success
        check (status = 'succeeded' or num_nonnulls(file_id, row_count, control_totals) = 0),
    constraint failed_run_has_its_error
        check (status <> 'failed' or (error_code is not null and coalesce(error_message, '') ~ '\S')),
    constraint error_fields_require_failed_status
        check (status = 'failed' or (error_message is null and error_code is null)),
    constraint run_start_set_when_running check (case status when 'pending' then started_at is null
        when 'running' then started_at is not null when 'succeeded' then started_at is not null else true end),
    constraint run_end_set_on_terminal_status check ((status in ('pending', 'running')) = (completed_at is null)),
    constraint run_times_in_order
        check (started_at >= created_at and completed_at >= coalesce(started_at, created_at)),
    constraint run_cancellation_complete check ((cancel_requested_at is null) = (cancel_requested_by_user_id is null)
        and (status <> 'cancelled' or cancel_requested_at is not null)),
    constraint run_report_in_organization foreign key (organization_id, custom_report_id)
        references custom_reports (organization_id, id),
    constraint run_support_grant_in_organization foreign key (organization_id, support_access_id)
        references support_access (organization_id, id),
    constraint run_file_in_organization foreign key (organization_id, file_id) references files (organization_id, id)
);
-- However many workers see that a schedule is due, it runs once.
create unique index one_run_per_due_time on custom_report_runs (organization_id, custom_report_id, due_at);
create index idx_custom_report_runs_report on custom_report_runs (organization_id, custom_report_id, created_at);

create function app.check_custom_report_run() returns trigger language plpgsql
as $$
declare
    results constant text[] := '{status,rows_so_far,row_count,file_id,control_totals,error_code,error_message,'
        'started_at,completed_at,cancel_requested_at,cancel_requested_by_user_id}';
    cancellation constant text[] := '{cancel_requested_at,cancel_requested_by_user_id}';
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('custom_report_run_append_only', 'Runs are never deleted.');
    end if;
    if tg_op = 'INSERT' then
        if new.status is distinct from 'pending' or new.rows_so_far <> 0 or new.cancel_requested_at is not null then
            perform app.refuse('run_begins_as_pending');
        end if;
        if new.requested_by_user_id is distinct from app.user_id()
            or (new.trigger = 'schedule') is distinct from (app.role() = 'system')
            or (app.role() is distinct from 'system' and new.support_access_id is distinct from app.support_access_id())
        then
            perform app.refuse('run_names_who_asked', 'A run names who asked for it.');
        end if;
        if exists (select from custom_reports r
            where r.organization_id = new.organization_id and r.id = new.custom_report_id and not r.is_active) then
            perform app.refuse('run_requires_active_report', 'The custom report is deleted.');
        end if;
        new.created_at := app.now();
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if (row_after - results) <> (row_before - results) then
        perform app.refuse('custom_report_run_append_only', 'What was asked for never changes.');
    end if;
    if row_after <> row_before and (old.status not in ('pending', 'running')
        or (old.status = 'running' and new.status = 'pending')) then
        perform app.refuse('run_status_forward_only');
    end if;
    if old.cancel_requested_at is not null and (new.cancel_requested_at, new.cancel_requested_by_user_id)
        is distinct from (old.cancel_requested_at, old.cancel_requested_by_user_id) then
        perform app.refuse('custom_report_run_append_only', 'A run is cancelled once.');
    end if;
    -- Others ask a run to end, and end one that no worker has taken up.
    if app.role() is distinct from 'system' and (row_after - cancellation) <> (row_before - cancellation)
        and not (old.status = 'pending' and new.status = 'cancelled'
            and (row_after - cancellation - '{status,completed_at}'::text[])
                = (row_before - cancellation - '{status,completed_at}'::text[])) then
        perform app.refuse('run_result_written_by_worker');
    end if;
    return new;
end
$$;
create trigger check_custom_report_run before insert or update or delete on custom_report_runs
    for each row execute function app.check_custom_report_run();
create trigger refuse_truncate before truncate on custom_report_runs execute function app.check_custom_report_run();

create trigger notify_change after insert or update on custom_reports
    for each row execute function app.notify_change('custom_report', 'id');
create trigger notify_change after insert or update on custom_report_runs
    for each row execute function app.notify_change('custom_report_run', 'id');

select app.protect('custom_reports', '{coordinator,org_admin,support,system}', '{org_admin,support,system}',
    '{org_admin,support}');
select app.protect('custom_report_runs', '{coordinator,org_admin,support,system}',
    '{coordinator,org_admin,support,system}');
alter policy tenant_reads on custom_reports rename to org_scoped_access;
alter policy tenant_reads on custom_report_runs rename to org_scoped_access;
grant select, insert, update on custom_reports, custom_report_runs to bufdir_app;

-- The schedules of all organizations that are due at an instant: ids alone, for workers who then enter each one.
create function app.due_custom_reports(at timestamptz)
returns table (organization_id uuid, custom_report_id uuid, due_at timestamptz) language sql stable security definer
set search_path = pg_catalog, public
as $$
    select r.organization_id, r.id, r.next_run_at from public.custom_reports r
    where r.is_scheduled and r.is_active and r.next_run_at <= at
    order by r.next_run_at, r.id
$$;
create policy due_is_watched on custom_reports for select to bufdir_definer using (is_scheduled and is_active);
grant select (organization_id, id, is_scheduled, is_active, next_run_at) on custom_reports to bufdir_definer;
alter function app.due_custom_reports owner to bufdir_definer;
