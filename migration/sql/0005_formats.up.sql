-- Versions of Bufdir's format, as data: which fields, which counting rules with which parameters, for which basis years;
-- and how one is added.

create table format_versions (
    version text primary key constraint schema_version_non_empty check (btrim(version) <> ''),
    basis_years int4range not null,
    fields jsonb not null constraint format_fields_are_an_array check (jsonb_typeof(fields) = 'array'),
    rules jsonb not null constraint format_rules_are_an_object check (jsonb_typeof(rules) = 'object'),
    -- SHA-256 of the canonical JSON of {fields, rules}.
    rules_hash bytea not null,
    created_at timestamptz not null default app.now(),
    constraint one_format_version_per_basis_year exclude using gist (basis_years with &&)
);

create function app.guard_format_version() returns trigger language plpgsql
as $$
begin
    if tg_op = 'INSERT' then
        new.rules_hash := sha256(convert_to(app.canonical_json(
            jsonb_build_object('fields', new.fields, 'rules', new.rules)), 'UTF8'));
        return new;
    end if;
    -- A version's last year may be set when its successor is known; all else is fixed.
    if tg_op = 'UPDATE' and (to_jsonb(new) - 'basis_years') = (to_jsonb(old) - 'basis_years')
        and lower(new.basis_years) = lower(old.basis_years) then
        return new;
    end if;
    perform app.refuse('format_version_immutable');
    return null;
end
$$;
create trigger guard_format_version before insert or update or delete on format_versions
    for each row execute function app.guard_format_version();
grant select on format_versions to bufdir_app;

-- Adds the format version that a document of migration/formats/ describes. An open version before it ends with the
-- year before the new one's first.
create function app.add_format_version(document jsonb) returns void language plpgsql
as $$
declare
    first_year constant integer := document #>> '{basis_years,from}';
    last_year constant integer := document #>> '{basis_years,to}';
begin
    update format_versions set basis_years = int4range(lower(basis_years), first_year)
    where upper_inf(basis_years) and lower(basis_years) < first_year;
    insert into format_versions (version, basis_years, fields, rules)
    values (document ->> 'version', int4range(first_year, last_year, '[]'), document -> 'fields', document -> 'rules');
end
$$;

-- Takes back a format version that nothing refers to; for going a migration down only. The one before it
-- stays closed.
create function app.remove_format_version(removed text) returns void language plpgsql
as $$
begin
    alter table format_versions disable trigger guard_format_version;
    delete from format_versions where version = removed;
    alter table format_versions enable trigger guard_format_version;
end
$$;
revoke all on function app.add_format_version, app.remove_format_version from public;
