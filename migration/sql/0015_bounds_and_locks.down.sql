alter table activities drop constraint short_text_length;
alter table contacts drop constraint short_text_length;
alter table organizational_units drop constraint short_text_length;
alter table users drop constraint short_text_length;
alter table organizations drop constraint short_text_length;
alter table support_access drop constraint support_access_reason_length;
alter table period_figures drop constraint figure_text_length;
alter table report_periods drop constraint period_name_length;

-- As 0006 and 0012 have them.
create or replace function app.check_warning() returns trigger language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or old.accepted_at is not null
        or (to_jsonb(new) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[])
            <> (to_jsonb(old) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[]) then
        perform app.refuse('warning_accepted_once', 'A warning is accepted once and otherwise never changes.');
    end if;
    return new;
end
$$;

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
