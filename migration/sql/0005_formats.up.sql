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

-- The first place at which a value breaks a JSON Schema (draft 2020-12, the keywords below), and why; null where none.
-- `root` is the schema that references begin at.
create function app.schema_fault(instance jsonb, schema jsonb, root jsonb, place text) returns text
    language plpgsql immutable
as $$
declare
    kind constant text := jsonb_typeof(instance);
    keyword text;
    wanted jsonb;
    fault text;
begin
    for keyword, wanted in select * from jsonb_each(schema) loop
        case keyword
            when '$schema', '$comment', '$defs', 'title', 'then' then null;
            when '$ref' then
                fault := app.schema_fault(instance, root #> string_to_array(substr(wanted #>> '{}', 3), '/'), root, place);
            when 'type' then
                if not wanted @> to_jsonb(kind)
                    and not (kind = 'number' and wanted @> '"integer"' and instance::numeric % 1 = 0) then
                    fault := format('%s is not of type %s', place, wanted);
                end if;
            when 'const' then
                if instance <> wanted then fault := format('%s is not %s', place, wanted); end if;
            when 'enum' then
                if not exists (select from jsonb_array_elements(wanted) as e (known) where known = instance) then
                    fault := format('%s is none of %s', place, wanted);
                end if;
            when 'pattern' then
                if kind = 'string' and instance #>> '{}' !~ (wanted #>> '{}') then
                    fault := format('%s is not like %s', place, wanted);
                end if;
            when 'minimum', 'maximum' then
                if kind = 'number' and instance <> wanted and (instance < wanted) = (keyword = 'minimum') then
                    fault := format('%s breaks its %s of %s', place, keyword, wanted);
                end if;
            when 'minItems', 'maxItems' then
                if kind = 'array' and jsonb_array_length(instance) <> wanted::integer
                    and (jsonb_array_length(instance) < wanted::integer) = (keyword = 'minItems') then
                    fault := format('%s breaks its %s of %s', place, keyword, wanted);
                end if;
            when 'required' then
                select format('%s has no %s', place, name) into fault from jsonb_array_elements_text(wanted) as e (name)
                where kind = 'object' and not instance ? name limit 1;
            when 'properties' then
                select why into fault from jsonb_each(wanted) as property (name, its),
                    app.schema_fault(instance -> name, its, root, format('%s.%s', place, name)) as why
                where kind = 'object' and instance ? name and why is not null limit 1;
            when 'additionalProperties' then
                select format('%s has an unknown part: %s', place, name) into fault
                from jsonb_object_keys(case kind when 'object' then instance else '{}' end) as e (name)
                where not schema -> 'properties' ? name limit 1;
            when 'items', 'contains' then
                select case when keyword = 'items' then min(why)
                    when count(*) = count(why) then format('%s lacks one: %s', place, wanted) end
                into fault
                from jsonb_array_elements(case kind when 'array' then instance else '[]' end) with ordinality as e (its, ordinal)
                cross join lateral app.schema_fault(its, wanted, root, format('%s[%s]', place, ordinal - 1)) as why;
                if kind <> 'array' then fault := null; end if;
            when 'allOf', 'anyOf' then
                select case when keyword = 'allOf' then min(why)
                    when count(*) = count(why) then format('%s has none of the forms that are allowed there', place) end
                into fault
                from jsonb_array_elements(wanted) as e (form), app.schema_fault(instance, form, root, place) as why;
            when 'if' then
                if app.schema_fault(instance, wanted, root, place) is null then
                    fault := app.schema_fault(instance, schema -> 'then', root, place);
                end if;
            else raise exception 'the schema has a keyword that is not known here: %', keyword;
        end case;
        if fault is not null then return fault; end if;
    end loop;
    return null;
end
$$;

-- A version is refused that breaks the JSON Schema of migration/formats/, or whose fields refer to none.
create function app.check_format_version() returns trigger language plpgsql
as $$
declare
    years constant jsonb := jsonb_build_object('from', lower(new.basis_years), 'to', upper(new.basis_years) - 1);
    fault text := app.schema_fault(
        jsonb_build_object('version', new.version, 'basis_years', years, 'fields', new.fields, 'rules', new.rules),
        app.format_version_schema(), app.format_version_schema(), 'the version');
begin
    with field as (
        select ordinal, its ->> 'id' as id, its ->> 'type' as type, its -> 'source' as source
        from jsonb_array_elements(new.fields) with ordinality as e (its, ordinal)
    )
    select coalesce(
        fault,
        (select format('the field %s occurs twice', id) from field group by id having count(*) > 1 limit 1),
        (select format('the field %s is a sum of %s, which is not counted before it as a whole number', sum.id, part)
            from field as sum, jsonb_array_elements_text(sum.source -> 'computed') as e (part)
            where not exists (select from field where id = part and field.ordinal < sum.ordinal and type = 'integer'
                and source ?| '{counted,computed}') limit 1),
        (select format('there is no field %s to compare with the year before', name)
            from jsonb_array_elements_text(new.rules #> '{warnings,year_on_year_fields}') as e (name)
            where name not in (select id from field) limit 1)
    ) into fault;
    if fault is not null then
        perform app.refuse('format_version_valid', format('The format version is not valid: %s.', fault));
    end if;
    return null;
end
$$;
create trigger check_format_version after insert on format_versions
    for each row execute function app.check_format_version();

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
