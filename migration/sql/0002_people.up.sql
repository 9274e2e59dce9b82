-- Organizations and their units, people and what they may do, and the doors that enter a session.

-- The last digit is a check digit, modulus 11: with it, the weighted sum of all nine is a multiple of 11.
create function app.is_organization_number(number text) returns boolean language sql immutable
as $$
    select case when number ~ '^[0-9]{9}$' then (
        select sum(weight * substr(number, place::integer, 1)::integer) % 11 = 0
        from unnest('{3,2,7,6,5,4,3,2,1}'::integer[]) with ordinality as digits (weight, place)
    ) else false end
$$;

create table organizations (
    id uuid primary key,
    slug text not null constraint organization_slug_valid check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
    name text not null constraint organization_name_not_empty check (btrim(name) <> '')
        constraint short_text_length check (length(name) <= 300),
    organization_number text not null
        constraint organization_number_valid check (app.is_organization_number(organization_number)),
    is_test boolean not null default false,
    is_active boolean not null default true,
    created_at timestamptz not null default app.now(),
    updated_at timestamptz not null default app.now(),
    constraint organization_slug_unique unique (slug)
);

create table users (
    id uuid primary key,
    email text not null constraint user_email_valid check (email ~ '^[^@\s]+@[^@\s]+$' and email = lower(email)),
    name text not null constraint user_name_not_empty check (btrim(name) <> ''),
    is_global_admin boolean not null default false,
    is_active boolean not null default true,
    created_at timestamptz not null default app.now(),
    updated_at timestamptz not null default app.now(),
    constraint user_email_unique unique (email),
    constraint short_text_length check (length(name) <= 300 and length(email) <= 300)
);

-- A person's place in an organization. Peer mentors' approval and training (domain.md, 2) belong to it.
create table memberships (
    organization_id uuid not null references organizations (id),
    user_id uuid not null references users (id),
    role text not null constraint membership_role_valid check (role in ('peer_mentor', 'coordinator', 'org_admin')),
    is_active boolean not null default true,
    peer_approved_from date,
    peer_approved_until date,
    peer_trained_on date,
    created_at timestamptz not null default app.now(),
    updated_at timestamptz not null default app.now(),
    primary key (organization_id, user_id),
    constraint peer_approval_start_before_end check (coalesce(peer_approved_from <= peer_approved_until, peer_approved_until is null))
);
create index idx_memberships_user on memberships (user_id);

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
        perform app.refuse('organization_keeps_an_admin');
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

-- Coordinators and org admins, as long as both the person and the membership are active.
create function app.has_reporting_role(organization uuid, person uuid) returns boolean language sql stable
as $$
    select exists (select from memberships m join users u on u.id = m.user_id
        where m.organization_id = organization and m.user_id = person
            and m.is_active and u.is_active and m.role in ('coordinator', 'org_admin'))
$$;

create table support_access (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    global_admin_user_id uuid not null references users (id),
    reason text not null constraint support_access_reason_not_empty check (btrim(reason) <> '')
        constraint support_access_reason_length check (length(reason) <= 1000),
    granted_by_user_id uuid not null references users (id),
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    revoked_by_user_id uuid references users (id),
    created_at timestamptz not null default app.now(),
    primary key (organization_id, id),
    constraint support_access_at_most_30_days
        check (valid_until > valid_from and valid_until <= valid_from + interval '30 days'),
    constraint support_access_revocation_complete check ((revoked_at is null) = (revoked_by_user_id is null))
);
create index idx_support_access_user on support_access (global_admin_user_id);

-- Nobody lets themselves in, only an org admin lets in a global admin, and a grant changes by being revoked, once.
create function app.check_support_access() returns trigger language plpgsql
as $$
begin
    if tg_op = 'INSERT' then
        if app.role() is distinct from 'org_admin' or new.granted_by_user_id is distinct from app.user_id() then
            perform app.refuse('support_access_granted_by_org_admin');
        end if;
        if not exists (select from users where id = new.global_admin_user_id and is_global_admin and is_active) then
            perform app.refuse('support_access_for_global_admin');
        end if;
        return new;
    end if;
    if old.revoked_at is not null or new.revoked_at is null
        or (to_jsonb(new) - '{revoked_at,revoked_by_user_id}'::text[]) <> (to_jsonb(old) - '{revoked_at,revoked_by_user_id}'::text[]) then
        perform app.refuse('support_access_only_revoked');
    end if;
    return new;
end
$$;
create trigger check_support_access before insert or update on support_access
    for each row execute function app.check_support_access();

-- The names of all counties since 1972; src/activity/county.rs has them with their years and their source. AK11 counts
-- distinct ones, so each has one spelling.
create function app.is_county(name text) returns boolean language sql immutable
as $$
    select name in ('Østfold', 'Akershus', 'Oslo', 'Hedmark', 'Oppland', 'Buskerud', 'Vestfold', 'Telemark', 'Aust-Agder',
        'Vest-Agder', 'Rogaland', 'Hordaland', 'Sogn og Fjordane', 'Møre og Romsdal', 'Sør-Trøndelag', 'Nord-Trøndelag',
        'Nordland', 'Troms', 'Finnmark', 'Viken', 'Innlandet', 'Vestfold og Telemark', 'Agder', 'Vestland', 'Trøndelag',
        'Troms og Finnmark')
$$;

create table organizational_units (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    parent_id uuid,
    level text not null constraint unit_level_valid check (level in ('national', 'region', 'local')),
    name text not null constraint unit_name_not_empty check (btrim(name) <> ''),
    -- The county (fylke) where the unit is; null for the national body.
    county text constraint county_known check (app.is_county(county)),
    external_ref text,
    is_active boolean not null default true,
    created_at timestamptz not null default app.now(),
    updated_at timestamptz not null default app.now(),
    primary key (organization_id, id),
    constraint unit_parent_in_organization foreign key (organization_id, parent_id)
        references organizational_units (organization_id, id),
    constraint national_unit_is_the_root check ((level = 'national') = (parent_id is null)),
    constraint short_text_length check (length(name) <= 300 and length(external_ref) <= 300)
);
create unique index one_national_unit on organizational_units (organization_id) where level = 'national';
create unique index unit_external_ref_unique on organizational_units (organization_id, external_ref);
create index idx_organizational_units_parent on organizational_units (organization_id, parent_id);

-- With levels strictly descending the tree cannot have a cycle.
create function app.check_unit_level() returns trigger language plpgsql
as $$
declare
    parent_level text;
begin
    select level into parent_level from organizational_units
    where organization_id = new.organization_id and id = new.parent_id;
    if (parent_level = 'local') or (parent_level = 'region' and new.level = 'region') then
        perform app.refuse('unit_level_below_parent');
    end if;
    if tg_op = 'UPDATE' and new.level <> old.level and exists (select from organizational_units child
        where child.organization_id = new.organization_id and child.parent_id = new.id
            and (new.level = 'local' or child.level = new.level)) then
        perform app.refuse('unit_level_below_parent', 'There are units below this one, of this level or above it.');
    end if;
    return new;
end
$$;
create trigger check_unit_level before insert or update of parent_id, level on organizational_units
    for each row execute function app.check_unit_level();

-- Units of a unit's subtree, itself included.
create function app.unit_subtree(organization uuid, unit uuid) returns setof uuid language sql stable
as $$
    with recursive below as (
        select id from organizational_units where organization_id = organization and id = unit
        union all
        select child.id from organizational_units child join below on child.parent_id = below.id
        where child.organization_id = organization
    )
    select id from below
$$;

-- Row-level security. The door itself runs as the app, so one's own memberships and grants are visible before any
-- organization is entered.
alter table memberships enable row level security;
alter table memberships force row level security;
create policy own_memberships on memberships for select using (user_id = app.user_id());
create policy tenant_reads on memberships for select
    using (organization_id = app.organization_id() and app.role() in ('coordinator', 'org_admin', 'support', 'system'));
create policy tenant_inserts on memberships for insert
    with check (organization_id = app.organization_id() and app.role() = 'system');
create policy tenant_updates on memberships for update
    using (organization_id = app.organization_id() and app.role() = 'system');

alter table support_access enable row level security;
alter table support_access force row level security;
create policy own_grants on support_access for select using (global_admin_user_id = app.user_id());
create policy tenant_reads on support_access for select
    using (organization_id = app.organization_id() and app.role() in ('org_admin', 'support', 'system'));
create policy tenant_inserts on support_access for insert
    with check (organization_id = app.organization_id() and app.role() = 'org_admin');
create policy tenant_updates on support_access for update
    using (organization_id = app.organization_id() and app.role() = 'org_admin');

alter table organizations enable row level security;
alter table organizations force row level security;
create policy entered on organizations for select using (id = app.organization_id());
create policy own on organizations for select
    using (id in (select organization_id from memberships where user_id = app.user_id())
        or id in (select organization_id from support_access where global_admin_user_id = app.user_id()));
create policy provision on organizations to bufdir_owner using (true) with check (true);

alter table users enable row level security;
alter table users force row level security;
create policy oneself on users for select using (id = app.user_id());
-- One person is looked up by the index, all of them by one scan: of EXISTS the planner takes either, of IN always the
-- scan, which made each job of an organization with 25,000 members wait 40 ms at the door.
create policy people_of_the_organization on users for select
    using (app.role() <> 'peer_mentor' and exists (
        select from memberships m where m.organization_id = app.organization_id() and m.user_id = users.id));
create policy global_admins_by_name on users for select using (is_global_admin and app.role() in ('org_admin', 'support'));
create policy provision on users to bufdir_owner using (true) with check (true);

select app.protect('organizational_units', '{peer_mentor,coordinator,org_admin,support,system}', '{system}');

grant select on organizations, users, memberships, support_access, organizational_units to bufdir_app;
grant insert, update on memberships, support_access, organizational_units to bufdir_app;

-- The door. Checks the user, then the membership or the grant of support access, and only then names the organization
-- for this transaction. `wanted` is an organization's id or slug; it may be null for someone with one membership.
create function app.enter(
    entering uuid, wanted text, at timestamptz,
    out organization_id uuid, out role text, out support_access_id uuid, out user_name text, out is_test boolean
) language plpgsql
as $$
declare
    person record;
    place record;
begin
    execute format('set local app.user_id = %L', entering);
    execute format('set local app.now = %L', at);
    set local app.organization_id = '';
    set local app.role = '';
    set local app.support_access_id = '';

    select u.name, u.is_global_admin into person from users u where u.id = entering and u.is_active;
    if not found then
        raise exception using errcode = 'invalid_authorization_specification', message = 'unknown or inactive user';
    end if;
    user_name := person.name;

    select o.id, m.role, null::uuid as support, o.is_test, count(*) over () as places into place
    from memberships m join organizations o on o.id = m.organization_id
    where m.user_id = entering and m.is_active and o.is_active
        and (wanted is null or o.slug = wanted or o.id::text = lower(wanted))
    limit 1;
    if not found and wanted is not null and person.is_global_admin then
        select o.id, 'support' as role, s.id as support, o.is_test, 1::bigint as places into place
        from support_access s join organizations o on o.id = s.organization_id
        where s.global_admin_user_id = entering and o.is_active and (o.slug = wanted or o.id::text = lower(wanted))
            and s.revoked_at is null and at >= s.valid_from and at < s.valid_until
        order by s.valid_until desc limit 1;
    end if;
    if place.id is null and exists (
        select from memberships m join organizations o on o.id = m.organization_id
        where m.user_id = entering and m.is_active and not o.is_active
            and (wanted is null or o.slug = wanted or o.id::text = lower(wanted))
    ) then
        perform app.refuse('organization_must_exist_and_be_active');
    end if;
    if place.id is null or place.places > 1 then
        perform app.refuse(case when wanted is null then 'organization_required' else 'organization_unknown' end);
    end if;

    organization_id := place.id;
    role := place.role;
    support_access_id := place.support;
    is_test := place.is_test;
    execute format('set local app.organization_id = %L', organization_id);
    execute format('set local app.role = %L', role);
    execute format('set local app.support_access_id = %L', coalesce(support_access_id::text, ''));
end
$$;

-- The door of workers and of the operator's commands: the system acts, on somebody's behalf where there is one. Tells
-- whether the organization is active and, of the person, the name and the role held now (null when there is none).
create function app.enter_system(
    organization uuid, on_behalf_of uuid, at timestamptz,
    out is_active boolean, out is_test boolean, out person_name text, out person_role text
) language plpgsql
as $$
begin
    execute format('set local app.user_id = %L', coalesce(on_behalf_of::text, ''));
    execute format('set local app.now = %L', at);
    execute format('set local app.organization_id = %L', organization);
    set local app.role = 'system';
    set local app.support_access_id = '';
    select o.is_active, o.is_test into is_active, is_test from organizations o where o.id = organization;
    select u.name, case when u.is_active and m.is_active then m.role end into person_name, person_role
    from users u left join memberships m on m.user_id = u.id and m.organization_id = organization
    where u.id = on_behalf_of;
end
$$;
