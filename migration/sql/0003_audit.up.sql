-- The one append-only log: who did what when, chained per organization. docs/audit-format.md fixes what is hashed.

create table audit_logs (
    id uuid primary key constraint id_is_valid_uuid check (app.is_uuid_v7(id)),
    organization_id uuid not null references organizations (id),
    -- Gapless per organization; what orders the log. Set, like the hashes, by the chain's trigger.
    sequence bigint not null,
    created_at timestamptz not null,
    actor_kind text not null constraint audit_actor_kind_valid
        check (actor_kind in ('user', 'support', 'worker', 'schedule', 'import', 'operator')),
    actor_user_id uuid references users (id),
    -- Name and role as they were then.
    actor_name text not null,
    actor_role text,
    support_access_id uuid,
    action text not null constraint audit_action_valid check (action ~ '^[a-z]+(_[a-z]+)*$' and length(action) <= 64),
    subject_type text not null,
    subject_id uuid,
    -- The report whose trail shows the entry.
    report_id uuid,
    -- For people: what happened in one sentence. Never participants' data.
    message text not null,
    details jsonb not null default '{}',
    previous_hash bytea not null,
    hash bytea not null,
    constraint audit_id_carries_its_time
        check (app.uuid_millis(id) = floor(extract(epoch from created_at) * 1000)::bigint),
    constraint audit_person_has_name_and_role check (btrim(actor_name) <> ''
        and (actor_kind not in ('user', 'support') or (actor_user_id is not null and actor_role is not null))),
    constraint audit_support_grant_in_organization foreign key (organization_id, support_access_id)
        references support_access (organization_id, id)
) partition by range (id);

create index idx_audit_logs_org_sequence on audit_logs (organization_id, sequence);
create index idx_audit_logs_org_report on audit_logs (organization_id, report_id, sequence) where report_id is not null;

-- The last link of each organization's chain; out of the app's hand.
create table audit_heads (
    organization_id uuid primary key references organizations (id),
    sequence bigint not null,
    hash bytea not null
);
alter table audit_heads enable row level security;
alter table audit_heads force row level security;
create policy chain on audit_heads to bufdir_definer using (true) with check (true);
grant select, insert, update on audit_heads to bufdir_definer;

create function app.refuse_audit_change() returns trigger language plpgsql
as $$
begin
    perform app.refuse('audit_trail_read_only');
    return null;
end
$$;

-- What an entry's hash covers, before hashing.
create function app.audit_canonical(entry audit_logs) returns text language sql stable
as $$
    select app.canonical_json(jsonb_build_object(
        'version', 1,
        'id', entry.id,
        'organization_id', entry.organization_id,
        'sequence', entry.sequence,
        'created_at', to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor', jsonb_build_object('kind', entry.actor_kind, 'user_id', entry.actor_user_id, 'name', entry.actor_name,
            'role', entry.actor_role, 'support_access_id', entry.support_access_id),
        'action', entry.action,
        'subject', jsonb_build_object('type', entry.subject_type, 'id', entry.subject_id),
        'report_id', entry.report_id,
        'message', entry.message,
        'details', entry.details,
        'previous_hash', encode(entry.previous_hash, 'hex')
    ))
$$;

create function app.audit_hash(entry audit_logs) returns bytea language sql stable
as $$ select sha256(convert_to(app.audit_canonical(entry), 'UTF8')) $$;

-- Links a new entry to the organization's chain. The head's lock is held until the commit, so the entry is the last
-- statement of its transaction.
create function app.chain_audit_entry() returns trigger language plpgsql security definer
set search_path = pg_catalog, public
as $$
begin
    insert into public.audit_heads as head (organization_id, sequence, hash)
    values (new.organization_id, 1, '')
    on conflict (organization_id) do update set sequence = head.sequence + 1
    returning head.sequence, head.hash into new.sequence, new.previous_hash;
    if new.sequence = 1 then
        new.previous_hash := decode(repeat('00', 32), 'hex');
    end if;
    new.hash := app.audit_hash(new);
    update public.audit_heads set hash = new.hash where organization_id = new.organization_id;
    return new;
end
$$;
grant select on audit_logs to bufdir_definer;
alter function app.chain_audit_entry owner to bufdir_definer;
revoke all on function app.chain_audit_entry from public;

-- Nobody acts in another's name or capacity, and an entry bears the name and the role that the database itself knows,
-- whatever the statement says. Who came by no door (app.enter, app.enter_system) is past row-level security anyway, and
-- loads what others did. Before the chain's trigger, by its name, since the entry's hash covers them.
create function app.attribute_audit_entry() returns trigger language plpgsql
as $$
declare
    entered_as text := app.role();
begin
    if (new.actor_user_id, new.support_access_id) is distinct from (app.user_id(), app.support_access_id()) then
        perform app.refuse('audit_actor_is_who_entered');
    end if;
    if entered_as is null then
        return new;
    end if;
    if (new.actor_kind = 'support') <> (entered_as = 'support')
        or (new.actor_kind = 'user') <> (entered_as not in ('support', 'system')) then
        perform app.refuse('audit_actor_is_who_entered', 'An entry says in which capacity somebody entered.');
    end if;
    new.actor_name := coalesce((select u.name from users u where u.id = new.actor_user_id), new.actor_kind);
    new.actor_role := case when entered_as <> 'system' then entered_as else (
        select m.role from users u join memberships m on m.organization_id = app.organization_id() and m.user_id = u.id
        where u.id = new.actor_user_id and u.is_active and m.is_active) end;
    return new;
end
$$;

create trigger attribute_audit_entry before insert on audit_logs
    for each row execute function app.attribute_audit_entry();
create trigger chain_audit_entry before insert on audit_logs for each row execute function app.chain_audit_entry();
create trigger refuse_change before update or delete or truncate on audit_logs
    execute function app.refuse_audit_change();
select app.partition_by_year('audit_logs', 'app.refuse_audit_change', 'update or delete or truncate');

-- The last link of the entered organization's chain, without which a deleted last entry would not be missed.
create function app.audit_head(out last_sequence bigint, out last_hash bytea) language sql stable security definer
set search_path = pg_catalog, public
as $$ select sequence, hash from public.audit_heads where organization_id = app.organization_id() $$;
alter function app.audit_head owner to bufdir_definer;

-- Whether the entered organization's chain holds from its first entry to its head. Names the first sequence that is
-- broken or missing.
create function app.verify_audit_chain(organization uuid, out entries bigint, out broken_at bigint) language plpgsql stable
as $$
declare
    entry audit_logs;
    head record;
    expected bytea := decode(repeat('00', 32), 'hex');
begin
    entries := 0;
    for entry in select * from audit_logs where organization_id = organization order by sequence loop
        entries := entries + 1;
        if entry.sequence <> entries or entry.previous_hash <> expected or entry.hash <> app.audit_hash(entry) then
            broken_at := entries;
            return;
        end if;
        expected := entry.hash;
    end loop;
    select * into head from app.audit_head();
    if entries <> coalesce(head.last_sequence, 0) or (entries > 0 and head.last_hash <> expected) then
        broken_at := entries + 1;
    end if;
end
$$;

-- Coordinators see the trail of reports; the whole log is for org admins and support.
alter table audit_logs enable row level security;
alter table audit_logs force row level security;
create policy tenant_reads on audit_logs for select
    using (organization_id = app.organization_id() and app.role() in ('org_admin', 'support', 'system'));
create policy report_trail on audit_logs for select
    using (organization_id = app.organization_id() and report_id is not null and app.role() = 'coordinator');
create policy tenant_inserts on audit_logs for insert
    with check (organization_id = app.organization_id() and app.role() is not null);
grant select, insert on audit_logs to bufdir_app;
