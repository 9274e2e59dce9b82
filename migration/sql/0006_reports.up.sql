-- Report periods and their figures; the report, its generations, and what each generation froze.

create table report_periods (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    -- Bounds on what people type in: a page's header prints it in one line, a cell of a workbook holds 32,767 characters.
    name text not null constraint period_name_not_empty check (btrim(name) <> '')
        constraint period_name_length check (length(name) <= 200),
    -- Local dates (Europe/Oslo), both inclusive.
    first_date date not null,
    last_date date not null,
    -- The same as instants: the first, and the last microsecond.
    starts_at timestamptz not null generated always as (app.day_start(first_date)) stored,
    ends_at timestamptz not null generated always as (app.day_end(last_date)) stored,
    basis_year integer not null generated always as (extract(year from first_date)::integer) stored,
    created_by_user_id uuid not null references users (id),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    constraint period_start_before_end check (first_date <= last_date),
    constraint period_within_one_year check (extract(year from first_date) = extract(year from last_date))
);
create unique index unique_period_per_organization on report_periods (organization_id, first_date, last_date);
create unique index report_period_bounds on report_periods (organization_id, id, starts_at, ends_at);

-- What no activity yields: typed in, versioned; the highest version holds.
create table period_figures (
    organization_id uuid not null,
    report_period_id uuid not null,
    field text not null,
    version integer not null constraint figure_version_positive check (version > 0),
    -- A number, a text, or {"reference", "sha256"} of an attachment; null takes the figure back.
    value jsonb constraint figure_text_length check (length(value ->> 'reference') <= 500
        and (jsonb_typeof(value) <> 'string' or length(value #>> '{}') <= 500)),
    entered_by_user_id uuid not null references users (id),
    entered_at timestamptz not null,
    primary key (organization_id, report_period_id, field, version),
    constraint figure_period_in_organization foreign key (organization_id, report_period_id)
        references report_periods (organization_id, id)
);

-- The formats in which exports can be had: `ExportFormat` of `entity`. Each is the extension of its files.
create function app.is_export_format(format text) returns boolean language sql immutable
as $$
    select format in ('xlsx', 'csv', 'pdf')
$$;

create table bufdir_reports (
    id uuid primary key constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    organization_id uuid not null constraint organization_must_exist_and_be_active references organizations (id),
    report_period_id uuid not null,
    reporting_period_start timestamptz not null,
    reporting_period_end timestamptz not null,
    status text not null constraint report_status_is_valid_enum
        check (status in ('pending', 'generating', 'ready', 'exported', 'failed')),
    bufdir_format_version text not null constraint report_format_version_known references format_versions (version),
    -- The generation that the columns below show; 0 until the first is complete.
    current_generation integer not null default 0,
    report_data jsonb,
    activity_count integer constraint activity_count_non_negative check (activity_count >= 0),
    participant_count integer constraint participant_count_non_negative check (participant_count >= 0),
    volunteer_count integer constraint volunteer_count_non_negative check (volunteer_count >= 0),
    total_hours numeric(12, 2) constraint total_hours_non_negative check (total_hours >= 0),
    generated_at timestamptz,
    generated_by_user_id uuid references users (id),
    export_format text constraint valid_export_format check (app.is_export_format(export_format)),
    exported_at timestamptz,
    exported_by_user_id uuid references users (id),
    export_file_path text,
    failure_reason text,
    notes text constraint notes_length check (length(notes) <= 20000),
    -- Who asked for the generation under way; the worker acts on that person's behalf.
    requested_by_user_id uuid not null references users (id),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint unique_report_per_org_per_period unique (organization_id, reporting_period_start, reporting_period_end),
    constraint period_start_before_end check (reporting_period_start < reporting_period_end),
    constraint report_period_keeps_its_dates
        foreign key (organization_id, report_period_id, reporting_period_start, reporting_period_end)
        references report_periods (organization_id, id, starts_at, ends_at),
    constraint export_format_required_on_export
        check (status <> 'exported' or (export_format is not null and exported_at is not null
            and exported_by_user_id is not null and export_file_path is not null)),
    constraint report_data_required_before_export
        check (status not in ('ready', 'exported') or (report_data is not null and jsonb_typeof(report_data) = 'object'
            and generated_at is not null and generated_by_user_id is not null)),
    constraint failed_report_requires_reason
        check ((status = 'failed') = (failure_reason is not null and btrim(failure_reason) <> ''))
);
create unique index bufdir_reports_org_id on bufdir_reports (organization_id, id);
create index idx_bufdir_report_org_id on bufdir_reports (organization_id);
create index idx_bufdir_report_org_period on bufdir_reports (organization_id, reporting_period_start, reporting_period_end);
create index idx_bufdir_report_status on bufdir_reports (status);
create index idx_bufdir_report_created_at on bufdir_reports (created_at);

-- The trail is of reports that are there. An entry holds its report by a lock that lets all but its deletion pass.
alter table audit_logs add constraint audit_report_in_organization foreign key (organization_id, report_id)
    references bufdir_reports (organization_id, id);

-- One generation: what was true of the period at one instant, for good.
create table report_generations (
    organization_id uuid not null,
    id uuid not null,
    report_id uuid not null,
    number integer not null constraint generation_number_positive check (number > 0),
    format_version text not null references format_versions (version),
    rules_hash bytea not null,
    report_data jsonb not null,
    -- SHA-256 of the canonical JSON of report_data.
    data_hash bytea not null,
    activity_count integer not null,
    participant_count integer not null,
    volunteer_count integer not null,
    total_hours numeric(12, 2) not null,
    -- Pending and rejected activities of the period: shown, never counted.
    pending_activities integer not null,
    rejected_activities integer not null,
    -- Activity-days per verdict.
    verdict_days jsonb not null,
    -- The main fields of the same period a year earlier, as that report's generation of then had them; null without one.
    year_before jsonb,
    -- As they were called then: files print them, and the same generation gives the same file.
    organization_name text not null,
    period_name text not null,
    generated_at timestamptz not null,
    generated_by_user_id uuid not null references users (id),
    -- Set once, by confirmSubmission.
    submitted_at timestamptz,
    submitted_by_user_id uuid references users (id),
    submitted_by_role text,
    submitted_data_hash bytea,
    submission_reference text constraint submission_reference_length
        check (length(submission_reference) between 1 and 200),
    primary key (organization_id, id),
    constraint generation_report_in_organization foreign key (organization_id, report_id)
        references bufdir_reports (organization_id, id),
    constraint submission_is_complete check (num_nonnulls(submitted_at, submitted_by_user_id, submitted_by_role,
        submitted_data_hash) in (0, 4) and (submission_reference is null or submitted_at is not null)),
    constraint submission_of_the_generated_data check (submitted_data_hash is null or submitted_data_hash = data_hash)
);
create unique index generation_number_unique on report_generations (organization_id, report_id, number);

create table report_warnings (
    organization_id uuid not null,
    generation_id uuid not null,
    code text not null constraint warning_code_valid check (code in (
        'missing_required_bufdir_fields_warning', 'pending_activities_in_period', 'overlapping_activities',
        'co_organised_outside', 'year_on_year_deviation', 'large_anonymous_share', 'period_not_a_calendar_year',
        'activities_changed_since_generation', 'test_organization')),
    -- In Norwegian and in English; numbers and field ids only, no person.
    message_nb text not null,
    message_en text not null,
    details jsonb not null default '{}',
    raised_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by_user_id uuid references users (id),
    accepted_by_role text,
    primary key (organization_id, generation_id, code),
    constraint warning_generation_in_organization foreign key (organization_id, generation_id)
        references report_generations (organization_id, id),
    constraint warning_acceptance_is_complete
        check (num_nonnulls(accepted_at, accepted_by_user_id, accepted_by_role) in (0, 3))
);

-- An activity-day as the generation saw it. Participants are a number; their identities are in the hash alone.
create table frozen_days (
    organization_id uuid not null,
    generation_id uuid not null,
    activity_id uuid not null,
    local_date date not null,
    kind text not null,
    group_kind text,
    mode text not null,
    unit_id uuid not null,
    unit_name text not null,
    leader_user_id uuid,
    county text,
    starts_at time,
    minutes integer not null,
    participants integer not null,
    anonymous_participants integer not null,
    verdict text not null constraint verdict_valid check (verdict in ('COUNTED', 'OUTSIDE_NORWAY', 'TYPE_NOT_COUNTED',
        'MODE_NOT_COUNTED', 'TOO_SHORT', 'TOO_FEW_PARTICIPANTS', 'NO_APPROVED_LEADER', 'DUPLICATE',
        'SAME_DAY_SAME_PARTICIPANTS')),
    -- Copied from the activity as it was frozen, so that nothing unapproved can be stored as counted.
    activity_status text not null constraint only_approved_activities_included check (activity_status = 'approved'),
    content_hash bytea not null,
    -- A day that meets every rule but the mode's, where the version counts that mode in a field of its own.
    counted_apart boolean not null default false
        constraint counted_apart_for_its_mode check (not counted_apart or verdict = 'MODE_NOT_COUNTED'),
    primary key (organization_id, generation_id, activity_id, local_date),
    constraint frozen_generation_in_organization foreign key (organization_id, generation_id)
        references report_generations (organization_id, id) deferrable initially deferred
);
create index idx_frozen_days_verdict on frozen_days (organization_id, generation_id, verdict, local_date, activity_id);

-- Figures of each unit with all below it: people move between units, so distinct counts are made anew for each.
create table frozen_unit_figures (
    organization_id uuid not null,
    generation_id uuid not null,
    unit_id uuid not null,
    unit_name text not null,
    level text not null,
    parent_id uuid,
    activity_count integer not null,
    participant_count integer not null,
    volunteer_count integer not null,
    total_hours numeric(12, 2) not null,
    -- Values of the format's counted fields, keyed by field id.
    figures jsonb not null,
    primary key (organization_id, generation_id, unit_id),
    constraint unit_figures_generation_in_organization foreign key (organization_id, generation_id)
        references report_generations (organization_id, id) deferrable initially deferred
);

-- Progress of a job under way; the only thing written without an audit entry.
create table job_progress (
    organization_id uuid not null references organizations (id),
    subject_id uuid not null,
    step text not null,
    percent smallint not null constraint progress_percent_valid check (percent between 0 and 100),
    updated_at timestamptz not null,
    primary key (organization_id, subject_id)
);

create function app.check_report() returns trigger language plpgsql
as $$
declare
    step text;
begin
    if tg_op = 'INSERT' then
        if not exists (select from organizations where id = new.organization_id and is_active) then
            perform app.refuse('organization_must_exist_and_be_active');
        end if;
        if new.reporting_period_start > app.now() then
            perform app.refuse('period_not_entirely_in_future');
        end if;
        if new.status <> 'pending' then
            perform app.refuse('status_transition_valid', 'A report begins as pending.');
        end if;
        if not app.has_reporting_role(new.organization_id, new.requested_by_user_id) then
            perform app.refuse('role_required_for_generation');
        end if;
        if num_nonnulls(new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path) > 0 then
            perform app.refuse('export_audit_required', 'A report begins without an export.');
        end if;
        new.created_at := app.now();
        new.updated_at := app.now();
        return new;
    end if;

    if (new.id, new.organization_id, new.report_period_id, new.reporting_period_start, new.reporting_period_end, new.created_at)
        is distinct from
        (old.id, old.organization_id, old.report_period_id, old.reporting_period_start, old.reporting_period_end, old.created_at) then
        perform app.refuse('report_identity_immutable', 'A report keeps its organization and period.');
    end if;

    step := old.status || ' -> ' || new.status;
    if old.status = new.status and (old.status <> 'exported' or new.exported_at is not distinct from old.exported_at) then
        null; -- notes, or the next attempt of a generation
    elsif step not in ('pending -> generating', 'generating -> ready', 'generating -> failed', 'failed -> pending',
        'ready -> pending', 'ready -> exported', 'exported -> exported', 'exported -> pending') then
        perform app.refuse('status_transition_valid', format('A report cannot go from %s to %s.', old.status, new.status));
    end if;
    if new.status = 'pending' and old.status <> 'pending'
        and not app.has_reporting_role(new.organization_id, new.requested_by_user_id) then
        perform app.refuse('role_required_for_generation');
    end if;
    if step = 'exported -> pending' and app.role() is distinct from 'org_admin' then
        perform app.refuse('reopening_requires_org_admin');
    end if;
    if new.status = 'exported' and new.exported_at is distinct from old.exported_at
        and not app.has_reporting_role(new.organization_id, new.exported_by_user_id) then
        perform app.refuse('role_required_for_export');
    end if;
    if old.status in ('ready', 'exported') and new.status in ('ready', 'exported')
        and (new.bufdir_format_version, new.report_data, new.current_generation, new.activity_count,
                new.participant_count, new.volunteer_count, new.total_hours, new.generated_at, new.generated_by_user_id)
            is distinct from (old.bufdir_format_version, old.report_data, old.current_generation, old.activity_count,
                old.participant_count, old.volunteer_count, old.total_hours, old.generated_at, old.generated_by_user_id) then
        perform app.refuse('format_version_pinned_at_generation');
    end if;
    if step = 'generating -> ready' and jsonb_typeof(new.report_data) = 'object' and new.generated_at is not null and not exists (
        select from report_generations g where g.organization_id = new.organization_id and g.report_id = new.id
            and (g.number, g.format_version, g.report_data, g.activity_count, g.participant_count, g.volunteer_count,
                    g.total_hours, g.generated_at, g.generated_by_user_id)
                is not distinct from (new.current_generation, new.bufdir_format_version, new.report_data,
                    new.activity_count, new.participant_count, new.volunteer_count, new.total_hours, new.generated_at,
                    new.generated_by_user_id)) then
        perform app.refuse('report_shows_its_generation');
    end if;
    if (new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path)
            is distinct from (old.export_format, old.exported_at, old.exported_by_user_id, old.export_file_path)
        and num_nonnulls(new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path) > 0
        and (new.status <> 'exported' or new.exported_at is not distinct from old.exported_at) then
        perform app.refuse('export_audit_required', 'Who exported what and when changes by an export only.');
    end if;
    if new.notes is distinct from old.notes and exists (
        select from report_generations g where g.organization_id = new.organization_id and g.report_id = new.id
            and g.number = new.current_generation and g.submitted_at is not null)
        and new.status in ('ready', 'exported') then
        perform app.refuse('notes_locked_by_submission');
    end if;
    new.updated_at := app.now();
    return new;
end
$$;
create trigger check_report before insert or update on bufdir_reports for each row execute function app.check_report();
create trigger check_who_asked before insert on bufdir_reports
    for each row execute function app.check_who_asked('requested_by_user_id');
create trigger check_who_asked_again before update on bufdir_reports
    for each row when (new.requested_by_user_id is distinct from old.requested_by_user_id
        or (new.status = 'pending' and old.status <> 'pending'))
    execute function app.check_who_asked('requested_by_user_id');
create trigger refuse_erased_year before insert on bufdir_reports
    for each row execute function app.refuse_erased_year('reporting_period_start');
create trigger refuse_erased_year_again before update on bufdir_reports
    for each row when (new.status = 'pending' and old.status <> 'pending')
    execute function app.refuse_erased_year('reporting_period_start');

-- Export and audit entry are one: at commit, a report newly exported has its entry.
create function app.check_export_audited() returns trigger language plpgsql
as $$
begin
    if new.status = 'exported' and (tg_op = 'INSERT' or new.exported_at is distinct from old.exported_at)
        and not exists (select from audit_logs a where a.organization_id = new.organization_id and a.report_id = new.id
            and a.action in ('exported', 're_exported') and a.created_at = new.exported_at
            and a.actor_user_id = new.exported_by_user_id
            and a.id >= app.uuid_floor(new.exported_at)) then
        perform app.refuse('export_audit_required');
    end if;
    return null;
end
$$;
create constraint trigger export_audit_required after insert or update on bufdir_reports
    deferrable initially deferred for each row execute function app.check_export_audited();

create function app.refuse_deletion() returns trigger language plpgsql
as $$
begin
    perform app.refuse('reports_are_permanent', 'Reports and what they froze are never deleted.');
    return null;
end
$$;
create trigger refuse_deletion before delete on bufdir_reports for each row execute function app.refuse_deletion();
create trigger refuse_truncate before truncate on bufdir_reports execute function app.refuse_deletion();

create function app.check_generation() returns trigger language plpgsql
as $$
declare
    report record;
begin
    if tg_op = 'INSERT' then
        if new.data_hash <> sha256(convert_to(app.canonical_json(new.report_data), 'UTF8')) then
            perform app.refuse('generation_hash_of_its_data', 'The hash is not that of the data.');
        end if;
        if new.submitted_at is not null then
            perform app.refuse('submission_requires_exported_report');
        end if;
        return new;
    end if;
    if tg_op <> 'UPDATE' then
        perform app.refuse('generation_immutable', 'A generation is never deleted.');
    end if;
    if (to_jsonb(new) - '{submitted_at,submitted_by_user_id,submitted_by_role,submitted_data_hash,submission_reference}'::text[])
        <> (to_jsonb(old) - '{submitted_at,submitted_by_user_id,submitted_by_role,submitted_data_hash,submission_reference}'::text[]) then
        perform app.refuse('generation_immutable');
    end if;
    if old.submitted_at is not null then
        perform app.refuse('submission_confirmed_once');
    end if;
    select r.status, r.current_generation, o.is_test into report
    from bufdir_reports r join organizations o on o.id = r.organization_id
    where r.organization_id = new.organization_id and r.id = new.report_id;
    if report.is_test then
        perform app.refuse('test_organization_cannot_submit');
    end if;
    if report.status is distinct from 'exported' or report.current_generation <> new.number then
        perform app.refuse('submission_requires_exported_report');
    end if;
    if exists (select from report_warnings w where w.organization_id = new.organization_id
        and w.generation_id = new.id and w.accepted_at is null) then
        perform app.refuse('warnings_must_be_accepted');
    end if;
    return new;
end
$$;
create trigger check_generation before insert or update or delete on report_generations
    for each row execute function app.check_generation();
create trigger check_who_asked before insert on report_generations
    for each row execute function app.check_who_asked('generated_by_user_id');
create trigger refuse_truncate before truncate on report_generations execute function app.check_generation();

-- Drift is measured at each export. What it finds takes the place of the former warning, not yet accepted.
create function app.check_warning() returns trigger language plpgsql
as $$
begin
    if tg_op = 'UPDATE' and old.code = 'activities_changed_since_generation'
        and new.details is distinct from old.details and new.raised_at >= old.raised_at
        and num_nonnulls(new.accepted_at, new.accepted_by_user_id, new.accepted_by_role) = 0
        and (new.organization_id, new.generation_id, new.code) = (old.organization_id, old.generation_id, old.code) then
        return new;
    end if;
    if tg_op <> 'UPDATE' or old.accepted_at is not null
        or (to_jsonb(new) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[])
            <> (to_jsonb(old) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[]) then
        perform app.refuse('warning_accepted_once');
    end if;
    return new;
end
$$;
create trigger check_warning before update or delete on report_warnings for each row execute function app.check_warning();
create trigger refuse_truncate before truncate on report_warnings execute function app.check_warning();

create function app.refuse_frozen_change() returns trigger language plpgsql
as $$
begin
    perform app.refuse('frozen_data_immutable');
    return null;
end
$$;
create trigger refuse_change before update or delete on frozen_days for each row execute function app.refuse_frozen_change();
create trigger refuse_truncate before truncate on frozen_days execute function app.refuse_frozen_change();
create trigger refuse_change before update or delete on frozen_unit_figures
    for each row execute function app.refuse_frozen_change();
create trigger refuse_truncate before truncate on frozen_unit_figures execute function app.refuse_frozen_change();
create trigger refuse_change before update or delete on period_figures for each row execute function app.refuse_frozen_change();
create trigger refuse_truncate before truncate on period_figures execute function app.refuse_frozen_change();

-- A year is erased once, and not while a report of it is being generated.
create function app.check_participant_key() returns trigger language plpgsql
as $$
begin
    if tg_op <> 'INSERT' and old.erased_at is not null then
        perform app.refuse('participants_of_the_year_erased', 'A year that was erased gets no other key.');
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    if new.erased_at is null then
        return new;
    end if;
    -- Whoever is about to ask for a generation of the year does so before or after. Reports are locked before their
    -- periods, as everybody else locks them: the other way round two could wait for one another.
    perform from bufdir_reports r where r.organization_id = new.organization_id and r.report_period_id in (select p.id
            from report_periods p where p.organization_id = new.organization_id and p.basis_year = new.basis_year)
        order by r.id for no key update;
    perform from report_periods where organization_id = new.organization_id and basis_year = new.basis_year
        order by id for update;
    if exists (select from bufdir_reports r
        join report_periods p on p.organization_id = r.organization_id and p.id = r.report_period_id
        where r.organization_id = new.organization_id and p.basis_year = new.basis_year
            and r.status in ('pending', 'generating')) then
        perform app.refuse('erasure_waits_for_generation', 'A report of the year is being generated.');
    end if;
    return new;
end
$$;
create trigger check_participant_key before insert or update or delete on participant_keys
    for each row execute function app.check_participant_key();

-- Tells subscribers that a row of an organization changed; ids only.
create function app.notify_change() returns trigger language plpgsql
as $$
begin
    perform pg_notify('bufdir_changes', json_build_array(tg_argv[0], new.organization_id,
        to_jsonb(new) ->> tg_argv[1])::text);
    return null;
end
$$;
create trigger notify_change after insert or update on bufdir_reports
    for each row execute function app.notify_change('report', 'id');
create trigger notify_change after insert or update on job_progress
    for each row execute function app.notify_change('progress', 'subject_id');

select app.protect('report_periods', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}');
select app.protect('period_figures', '{coordinator,org_admin,support,system}', '{coordinator,org_admin}');
select app.protect('bufdir_reports', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}');
select app.protect('report_generations', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}',
    inserters => '{system}');
select app.protect('report_warnings', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}');
select app.protect('frozen_days', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('frozen_unit_figures', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('job_progress', '{coordinator,org_admin,support,system}', '{coordinator,org_admin,system}');
grant select, insert, update on report_periods, bufdir_reports, report_generations, report_warnings to bufdir_app;
grant select, insert on period_figures, frozen_days, frozen_unit_figures to bufdir_app;
grant select, insert, update, delete on job_progress to bufdir_app;
