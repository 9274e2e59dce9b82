-- Who is acting, for whom and when: the settings of a transaction, and what reads them. Then what every later file uses.
--
-- Every setting is made by app.enter or app.enter_system (0002) for one transaction only. Outside of it they are
-- null or, after a commit, '': both mean "nobody", and no policy lets nobody see anything.

revoke all on schema public from public;
create schema app;
grant usage on schema public, app to bufdir_app, bufdir_definer;
-- Needed while functions are handed to the definer; it owns no table.
grant create on schema app to bufdir_definer;

create function app.organization_id() returns uuid language sql stable parallel safe
as $$ select nullif(current_setting('app.organization_id', true), '')::uuid $$;

create function app.user_id() returns uuid language sql stable parallel safe
as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

-- One of peer_mentor, coordinator, org_admin, support (a global admin within a grant's window), system.
create function app.role() returns text language sql stable parallel safe
as $$ select nullif(current_setting('app.role', true), '') $$;

create function app.support_access_id() returns uuid language sql stable parallel safe
as $$ select nullif(current_setting('app.support_access_id', true), '')::uuid $$;

-- The application's clock, so that the database's rules and the application's use one.
create function app.now() returns timestamptz language sql stable parallel safe
as $$ select coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) $$;

-- Refuses what breaks a rule. The program says the rule's message (src/kernel/rule.rs); where there is something else to
-- say, that is the sentence, which goes out as the detail. The rule's name goes out as the hint, too, because the
-- constraint is lost between nodes of a distributed Postgres and the hint is not.
create function app.refuse(rule text, sentence text default null) returns void language plpgsql
as $$
begin
    if sentence is null then
        raise exception using errcode = 'check_violation', message = rule, constraint = rule, hint = rule;
    end if;
    raise exception using errcode = 'check_violation', message = rule, detail = sentence, constraint = rule, hint = rule;
end
$$;

-- Milliseconds since 1970 (UTC) in the first 48 bits of a UUIDv7.
create function app.uuid_millis(id uuid) returns bigint language sql immutable parallel safe strict
as $$ select ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint $$;

create function app.is_uuid_v7(id uuid) returns boolean language sql immutable parallel safe strict
as $$ select substr(id::text, 15, 1) = '7' and substr(id::text, 20, 1) in ('8', '9', 'a', 'b') $$;

-- The least UUIDv7 of an instant: the bound of partitions, and of look-ups that prune them.
create function app.uuid_floor(instant timestamptz) returns uuid language sql immutable parallel safe strict
as $$
    select (lpad(to_hex(floor(extract(epoch from instant) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- The first and last instant of a local day in Norway: start inclusive, end the last microsecond.
create function app.day_start(day date) returns timestamptz language sql immutable parallel safe strict
as $$ select day::timestamp at time zone 'Europe/Oslo' $$;

create function app.day_end(day date) returns timestamptz language sql immutable parallel safe strict
as $$ select ((day + 1)::timestamp at time zone 'Europe/Oslo') - interval '1 microsecond' $$;

-- Nobody asks in another's name: a person in their own, a worker in the name of whoever it works for. The trigger's
-- argument names the column. Where nobody has entered, row-level security lets nobody but superusers write.
create function app.check_who_asked() returns trigger language plpgsql
as $$
begin
    if app.role() is not null and (to_jsonb(new) ->> tg_argv[0])::uuid is distinct from app.user_id() then
        perform app.refuse('asked_for_by_who_entered');
    end if;
    return new;
end
$$;

-- Gives a tenant table its row-level security: rows of the entered organization only, read and written by the
-- roles named; inserters are the writers where they are not named apart. Statements bind organization_id = $1 as well,
-- which makes the policy free (docs/architecture.md).
create function app.protect(tenant_table regclass, readers text[], writers text[], inserters text[] default null)
returns void language plpgsql
as $$
declare
    -- The role's check stands in a sub-select: asked once, and not taken by the planner for a filter of most rows.
    held text := 'organization_id = app.organization_id() and (select app.role() = any (%L::text[]))';
    reading text := format(held, readers);
    writing text := format(held, writers);
    inserting text := format(held, coalesce(inserters, writers));
begin
    execute format('alter table %s enable row level security', tenant_table);
    execute format('alter table %s force row level security', tenant_table);
    execute format('create policy tenant_reads on %s for select using (%s)', tenant_table, reading);
    execute format('create policy tenant_inserts on %s for insert with check (%s)', tenant_table, inserting);
    execute format('create policy tenant_updates on %s for update using (%s) with check (%s)', tenant_table, writing, writing);
    execute format('create policy tenant_deletes on %s for delete using (%s)', tenant_table, writing);
end
$$;

-- Makes the yearly partitions (2015 to 2050 and a default) of a table partitioned by ranges of UUIDv7. Reached by its
-- own name a partition obeys only its own policies and statement triggers, so each gets its own: one that refuses
-- `events` even where row-level security would let nothing be touched.
create function app.partition_by_year(parent regclass, refuse regproc, events text) returns void language plpgsql
as $$
declare
    partition text;
    year integer;
begin
    for year in 2015..2051 loop
        if year = 2051 then
            partition := parent::text || '_default';
            execute format('create table %I partition of %s default', partition, parent);
        else
            partition := parent::text || '_' || year;
            execute format('create table %I partition of %s for values from (%L) to (%L)', partition, parent,
                app.uuid_floor(make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC')),
                app.uuid_floor(make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC')));
        end if;
        execute format('alter table %I enable row level security', partition);
        execute format('alter table %I force row level security', partition);
        execute format('create trigger refuse_change before %s on %I execute function %s()', events, partition, refuse);
    end loop;
end
$$;

-- A JSON value in RFC 8785's canonical form, for hashing. Keys are ASCII; numbers are integers (decimals travel as
-- strings), so that every language writes them alike.
create function app.canonical_json(value jsonb) returns text language plpgsql immutable parallel safe
as $$
begin
    case jsonb_typeof(value)
        when 'object' then
            return '{' || coalesce((
                select string_agg(to_json(key)::text || ':' || app.canonical_json(item), ',' order by key collate "C")
                from jsonb_each(value) as pair (key, item)), '') || '}';
        when 'array' then
            return '[' || coalesce((
                select string_agg(app.canonical_json(item), ',' order by position)
                from jsonb_array_elements(value) with ordinality as element (item, position)), '') || ']';
        when 'string' then
            return to_json(value #>> '{}')::text;
        when 'number' then
            if value::text !~ '^(0|-?[1-9][0-9]{0,14})$' then
                perform app.refuse('canonical_numbers_are_integers');
            end if;
            return value::text;
        else
            return coalesce(value::text, 'null');
    end case;
end
$$;

-- A key of at most 64 bytes, filled up to HMAC's block and combined with its inner (54) or outer (92) byte (RFC 2104).
create function app.hmac_pad(key bytea, pad integer) returns bytea language sql immutable parallel safe strict
as $$
    select decode(string_agg(lpad(to_hex(
        (case when position < length(key) then get_byte(key, position) else 0 end) # pad), 2, '0'), ''
        order by position), 'hex')
    from generate_series(0, 63) as position
$$;

-- HMAC-SHA256 without an extension. Whoever hashes many messages computes the pads once.
create function app.hmac_sha256(key bytea, message bytea) returns bytea language sql immutable parallel safe strict
as $$ select sha256(app.hmac_pad(key, 92) || sha256(app.hmac_pad(key, 54) || message)) $$;

-- The order of texts that people read: æ, ø and å come last, capitals beside small letters. A server built without ICU
-- has its own order instead.
do $$
begin
    create collation app.norwegian (provider = icu, locale = 'nb-NO');
exception when others then
    create collation app.norwegian from "default";
end
$$;
