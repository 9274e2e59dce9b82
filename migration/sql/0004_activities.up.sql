-- What peer mentors did: activities, the days on which they took place, and who attended.

-- Someone who attends. Attendance at a diagnosis' group is health data (domain.md, 3): nothing here leaves the
-- organization's staff, and no export, log or audit entry names a contact.
create table contacts (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    name text,
    external_ref text,
    created_at timestamptz not null default app.now(),
    primary key (organization_id, id),
    constraint short_text_length check (length(name) <= 300 and length(external_ref) <= 300)
);
create unique index contact_external_ref_unique on contacts (organization_id, external_ref);

create table activities (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    unit_id uuid not null,
    -- other: registered, and shown as not counted (telephone service, chat and the like).
    kind text not null constraint activity_kind_valid check (kind in ('outreach', 'group', 'course', 'other')),
    group_kind text constraint activity_group_kind_valid
        check ((kind = 'group') = (group_kind is not null) and group_kind in ('conversation', 'activity')),
    mode text not null constraint activity_mode_valid check (mode in ('in_person', 'digital', 'phone')),
    status text not null constraint activity_status_valid check (status in ('pending', 'approved', 'rejected')),
    title text not null constraint activity_title_length check (length(title) <= 300),
    place text not null default '',
    county text constraint county_known check (app.is_county(county)),
    country text not null default 'NO' constraint activity_country_valid check (country ~ '^[A-Z]{2}$'),
    leader_user_id uuid,
    -- Outreach counts when the peer seeks out the person, not the reverse (domain.md, 1).
    peer_initiated boolean not null default true,
    is_recreational boolean not null default false,
    -- Another organization that took part, by name.
    co_organiser text,
    -- A coordinator's confirmation that the anonymous participants of a second activity on the day were new.
    newcomers_confirmed_by uuid references users (id),
    external_ref text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    constraint activity_unit_in_organization foreign key (organization_id, unit_id)
        references organizational_units (organization_id, id),
    constraint activity_leader_in_organization foreign key (organization_id, leader_user_id)
        references memberships (organization_id, user_id),
    constraint short_text_length check (length(place) <= 300 and length(co_organiser) <= 300
        and length(external_ref) <= 300)
);
create unique index activity_external_ref_unique on activities (organization_id, external_ref);
create index idx_activities_unit on activities (organization_id, unit_id);

create table activity_co_leaders (
    organization_id uuid not null,
    activity_id uuid not null,
    user_id uuid not null,
    primary key (organization_id, activity_id, user_id),
    constraint co_leader_activity_in_organization foreign key (organization_id, activity_id)
        references activities (organization_id, id) on delete cascade,
    constraint co_leader_in_organization foreign key (organization_id, user_id)
        references memberships (organization_id, user_id)
);

-- Units that organized an activity beside the one that owns it; listed, never summed.
create table activity_co_units (
    organization_id uuid not null,
    activity_id uuid not null,
    unit_id uuid not null,
    primary key (organization_id, activity_id, unit_id),
    constraint co_unit_activity_in_organization foreign key (organization_id, activity_id)
        references activities (organization_id, id) on delete cascade,
    constraint co_unit_in_organization foreign key (organization_id, unit_id)
        references organizational_units (organization_id, id)
);

-- The countable unit: one local date (Europe/Oslo) on which an activity took place.
create table activity_days (
    organization_id uuid not null,
    activity_id uuid not null,
    local_date date not null,
    starts_at time,
    -- Of the sessions held that day, without nights and travel.
    minutes integer not null constraint activity_minutes_within_a_day check (minutes between 0 and 1440),
    anonymous_participants integer not null default 0
        constraint anonymous_participants_plausible check (anonymous_participants between 0 and 100000),
    primary key (organization_id, activity_id, local_date),
    constraint day_activity_in_organization foreign key (organization_id, activity_id)
        references activities (organization_id, id) on delete cascade
);
create index idx_activity_days_org_date on activity_days (organization_id, local_date, activity_id)
    include (starts_at, minutes, anonymous_participants);

create table attendances (
    organization_id uuid not null,
    activity_id uuid not null,
    local_date date not null,
    contact_id uuid not null,
    primary key (organization_id, activity_id, local_date, contact_id),
    constraint attendance_day_in_organization foreign key (organization_id, activity_id, local_date)
        references activity_days (organization_id, activity_id, local_date) on delete cascade,
    constraint attendance_contact_in_organization foreign key (organization_id, contact_id)
        references contacts (organization_id, id)
);
create index idx_attendances_org_date on attendances (organization_id, local_date, activity_id)
    include (contact_id);
create index idx_attendances_contact on attendances (organization_id, contact_id);

-- The key under which identified participants enter a frozen day's content hash. Erasing it (basis year + 7) leaves
-- the hashes and makes the participants unrecoverable.
create table participant_keys (
    organization_id uuid not null references organizations (id),
    basis_year integer not null,
    key bytea,
    created_at timestamptz not null default app.now(),
    erased_at timestamptz,
    primary key (organization_id, basis_year),
    constraint participant_key_length check (key is null or length(key) = 32),
    constraint participant_key_erased_or_present check ((key is null) = (erased_at is not null))
);

-- Whether a year's participants are erased is asked on behalf of everyone, support too; nobody sees a key by it.
grant select (organization_id, basis_year, erased_at) on participant_keys to bufdir_definer;
create policy erasure_is_known on participant_keys for select to bufdir_definer using (erased_at is not null);

-- A year whose participants were erased is not counted again. The trigger's argument names the column that the period
-- begins by.
create function app.refuse_erased_year() returns trigger language plpgsql security definer
set search_path = pg_catalog, public
as $$
declare
    begins timestamptz := to_jsonb(new) ->> tg_argv[0];
begin
    if exists (select from participant_keys k where k.organization_id = new.organization_id
        and k.basis_year = extract(year from begins at time zone 'Europe/Oslo') and k.erased_at is not null) then
        perform app.refuse('participants_of_the_year_erased');
    end if;
    return new;
end
$$;
alter function app.refuse_erased_year owner to bufdir_definer;

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

select app.protect('contacts', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('activities', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('activity_co_leaders', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('activity_co_units', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('activity_days', '{coordinator,org_admin,support,system}', '{system}');
select app.protect('attendances', '{coordinator,org_admin,support,system}', '{system}');
-- Whoever exports compares the period with what was frozen, which takes the key.
select app.protect('participant_keys', '{coordinator,org_admin,system}', '{system}');
grant select, insert, update, delete
    on contacts, activities, activity_co_leaders, activity_co_units, activity_days, attendances to bufdir_app;
grant select, insert, update on participant_keys to bufdir_app;
