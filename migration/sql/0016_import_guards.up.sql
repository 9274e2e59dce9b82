-- What an import let in: counties in any spelling, and the last org admin's demotion; and organization numbers that
-- nobody has.

-- The names of all counties since 1972; src/activity/county.rs has them with their years and their source. AK11 counts
-- distinct ones, so each has one spelling.
create function app.is_county(name text) returns boolean language sql immutable
as $$
    select name in ('Østfold', 'Akershus', 'Oslo', 'Hedmark', 'Oppland', 'Buskerud', 'Vestfold', 'Telemark', 'Aust-Agder',
        'Vest-Agder', 'Rogaland', 'Hordaland', 'Sogn og Fjordane', 'Møre og Romsdal', 'Sør-Trøndelag', 'Nord-Trøndelag',
        'Nordland', 'Troms', 'Finnmark', 'Viken', 'Innlandet', 'Vestfold og Telemark', 'Agder', 'Vestland', 'Trøndelag',
        'Troms og Finnmark')
$$;
-- What stands there already stays as it is: only an import of it anew can tell what was meant.
alter table activities add constraint county_known check (app.is_county(county)) not valid;
alter table organizational_units add constraint county_known check (app.is_county(county)) not valid;

-- The last digit is a check digit, modulus 11: with it, the weighted sum of all nine is a multiple of 11.
create function app.is_organization_number(number text) returns boolean language sql immutable
as $$
    select case when number ~ '^[0-9]{9}$' then (
        select sum(weight * substr(number, place::integer, 1)::integer) % 11 = 0
        from unnest('{3,2,7,6,5,4,3,2,1}'::integer[]) with ordinality as digits (weight, place)
    ) else false end
$$;
alter table organizations drop constraint organization_number_valid;
alter table organizations
    add constraint organization_number_valid check (app.is_organization_number(organization_number)) not valid;

-- Without an org admin nobody could let support in, or make another. Deferred, so that one may follow another. Asked one
-- after the other, since each of two that go at once would see the other stay. Where nobody has entered, row-level
-- security lets nobody but superusers write.
create function app.keep_an_admin() returns trigger language plpgsql
as $$
begin
    if app.role() is null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('admins of ' || old.organization_id, 0));
    if not exists (select from memberships m join users u on u.id = m.user_id
        where m.organization_id = old.organization_id and m.role = 'org_admin' and m.is_active and u.is_active) then
        perform app.refuse('organization_keeps_an_admin', 'An organization keeps an active org admin.');
    end if;
    return null;
end
$$;
create constraint trigger keep_an_admin after update on memberships deferrable initially deferred
    for each row when (old.role = 'org_admin' and old.is_active and not (new.role = 'org_admin' and new.is_active))
    execute function app.keep_an_admin();
create constraint trigger keep_an_admin_of_deleted after delete on memberships deferrable initially deferred
    for each row when (old.role = 'org_admin' and old.is_active)
    execute function app.keep_an_admin();
