-- What the application saw to alone: erased years stay erased, nobody asks in another's name, and what refers to one
-- another says so.

-- Whether a year's participants are erased is asked on behalf of everyone, support too; nobody sees a key by it.
grant select (organization_id, basis_year, erased_at) on participant_keys to bufdir_definer;
create policy erasure_is_known on participant_keys for select to bufdir_definer using (erased_at is not null);

-- The trigger's argument names the column that the period begins by.
create function app.refuse_erased_year() returns trigger language plpgsql security definer
set search_path = pg_catalog, public
as $$
declare
    begins timestamptz := to_jsonb(new) ->> tg_argv[0];
begin
    if exists (select from participant_keys k where k.organization_id = new.organization_id
        and k.basis_year = extract(year from begins at time zone 'Europe/Oslo') and k.erased_at is not null) then
        perform app.refuse('participants_of_the_year_erased',
            'The participants of the year were erased; it cannot be counted again.');
    end if;
    return new;
end
$$;
alter function app.refuse_erased_year owner to bufdir_definer;
create trigger refuse_erased_year before insert on bufdir_reports
    for each row execute function app.refuse_erased_year('reporting_period_start');
create trigger refuse_erased_year_again before update on bufdir_reports
    for each row when (new.status = 'pending' and old.status <> 'pending')
    execute function app.refuse_erased_year('reporting_period_start');
create trigger refuse_erased_year before insert on bufdir_exports
    for each row execute function app.refuse_erased_year('report_period_start');

-- A file that is imported again would bring back who was erased.
create function app.refuse_erased_attendances() returns trigger language plpgsql security definer
set search_path = pg_catalog, public
as $$
begin
    if exists (select from fresh f join participant_keys k on k.organization_id = f.organization_id
            and k.basis_year = extract(year from f.local_date)
        where k.erased_at is not null) then
        perform app.refuse('participants_of_the_year_erased',
            'The participants of the year were erased; no attendance of it is taken in again.');
    end if;
    return null;
end
$$;
alter function app.refuse_erased_attendances owner to bufdir_definer;
create trigger refuse_erased_attendances after insert on attendances referencing new table as fresh
    for each statement execute function app.refuse_erased_attendances();

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
    -- Whoever is about to ask for a generation of the year does so before or after.
    perform from report_periods where organization_id = new.organization_id and basis_year = new.basis_year for update;
    perform from bufdir_reports r where r.organization_id = new.organization_id and r.report_period_id in (select p.id
            from report_periods p where p.organization_id = new.organization_id and p.basis_year = new.basis_year)
        for no key update;
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

-- Nobody asks in another's name: a person in their own, a worker in the name of whoever it works for. The trigger's
-- argument names the column. Where nobody has entered, row-level security lets nobody but superusers write.
create function app.check_who_asked() returns trigger language plpgsql
as $$
begin
    if app.role() is not null and (to_jsonb(new) ->> tg_argv[0])::uuid is distinct from app.user_id() then
        perform app.refuse('asked_for_by_who_entered', 'Whoever has entered asks in their own name, and nobody else''s.');
    end if;
    return new;
end
$$;
create trigger check_who_asked before insert on bufdir_reports
    for each row execute function app.check_who_asked('requested_by_user_id');
create trigger check_who_asked_again before update on bufdir_reports
    for each row when (new.requested_by_user_id is distinct from old.requested_by_user_id
        or (new.status = 'pending' and old.status <> 'pending'))
    execute function app.check_who_asked('requested_by_user_id');
create trigger check_who_asked before insert on report_generations
    for each row execute function app.check_who_asked('generated_by_user_id');
create trigger check_who_asked before insert on bufdir_export_audit_log
    for each row execute function app.check_who_asked('triggered_by_user_id');

-- The trail is of reports that are there. An entry holds its report by a lock that lets all but its deletion pass.
alter table audit_logs add constraint audit_report_in_organization foreign key (organization_id, report_id)
    references bufdir_reports (organization_id, id);

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
        perform app.refuse('pending_export_has_its_record', 'A pending export and its record come and go together.');
    end if;
    return null;
end
$$;
create constraint trigger pending_export_has_its_record after insert or update or delete on pending_exports
    deferrable initially deferred for each row execute function app.check_pending_export();
