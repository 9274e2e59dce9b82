-- One order of locks, what drift is when it is measured again, and texts that fit the files they are printed in.

-- Reports before their periods, as everybody else locks them: the other way round two could wait for one another.
create or replace function app.check_participant_key() returns trigger language plpgsql
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

-- Drift is measured at each export. What it finds takes the place of the former warning, not yet accepted.
create or replace function app.check_warning() returns trigger language plpgsql
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
        perform app.refuse('warning_accepted_once',
            'A warning is accepted once and never changes; only drift that is measured anew takes its place.');
    end if;
    return new;
end
$$;

-- What people type in is printed in files: a cell of a workbook holds 32,767 characters, a page's header one line.
alter table report_periods add constraint period_name_length check (length(name) <= 200);
alter table period_figures add constraint figure_text_length
    check (length(value ->> 'reference') <= 500 and (jsonb_typeof(value) <> 'string' or length(value #>> '{}') <= 500));
alter table support_access add constraint support_access_reason_length check (length(reason) <= 1000);
alter table organizations add constraint short_text_length check (length(name) <= 300);
alter table users add constraint short_text_length check (length(name) <= 300 and length(email) <= 300);
alter table organizational_units add constraint short_text_length
    check (length(name) <= 300 and length(county) <= 300 and length(external_ref) <= 300);
alter table contacts add constraint short_text_length check (length(name) <= 300 and length(external_ref) <= 300);
alter table activities add constraint short_text_length check (length(place) <= 300 and length(county) <= 300
    and length(co_organiser) <= 300 and length(external_ref) <= 300);
