-- The database as migrated, as one text: each table with all that is on it, then the functions. The queue's schema and
-- the migrator's table are not ours. Read with `public` alone as the search path, so that its tables go by their names.
with
tables as (
    select c.oid, c.oid::regclass::text as name, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity,
        c.reloptions, c.relispartition, i.inhparent, pg_get_partkeydef(c.oid) as partition_key, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'seaql_migrations'
),
-- What stands between the parentheses of CREATE TABLE.
definitions as (
    select a.attrelid as oid, 1 as rank, a.attnum as place, a.attname as name,
        concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
            (select 'COLLATE ' || a.attcollation::regcollation from pg_type y where y.oid = a.atttypid and y.typcollation <> a.attcollation),
            case when a.attgenerated <> '' then format('GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid, true))
                else 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true) end,
            case when a.attnotnull then 'NOT NULL' end) as definition
    from pg_attribute a left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    where a.attnum > 0 and not a.attisdropped
    union all
    -- Not those of type n: from Postgres 18 on, a column's NOT NULL is a constraint as well.
    select c.conrelid, 2, position(c.contype::text in 'puxcf'), c.conname,
        format('CONSTRAINT %s %s', c.conname, pg_get_constraintdef(c.oid, true))
    from pg_constraint c
    where c.contype in ('p', 'u', 'x', 'c', 'f')
),
table_grants as (
    select t.oid, a.grantee, '' as columns, string_agg(a.privilege_type, ', ' order by a.privilege_type) as privileges
    from tables t cross join aclexplode(t.relacl) a
    where a.grantee <> t.relowner
    group by t.oid, a.grantee
    union all
    select c.attrelid, a.grantee, format(' (%s)', string_agg(c.attname, ', ' order by c.attnum)), a.privilege_type
    from pg_attribute c cross join aclexplode(c.attacl) a
    group by c.attrelid, a.grantee, a.privilege_type
),
statements as (
    select x.indrelid as oid, 1 as rank, x.indexrelid::regclass::text as name,
        pg_get_indexdef(x.indexrelid, 0, true) as statement
    from pg_index x
    where not exists (select from pg_constraint c where c.conindid = x.indexrelid and c.contype in ('p', 'u', 'x'))
    union all
    select oid, 2, '', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name) from tables where relrowsecurity
    union all
    select oid, 2, '', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name) from tables where relforcerowsecurity
    union all
    select p.polrelid, 3, p.polname, concat(
        format('CREATE POLICY %s ON %s', p.polname, p.polrelid::regclass),
        case when not p.polpermissive then ' AS RESTRICTIVE' end,
        case p.polcmd when 'r' then ' FOR SELECT' when 'a' then ' FOR INSERT' when 'w' then ' FOR UPDATE'
            when 'd' then ' FOR DELETE' end,
        (select ' TO ' || string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any (p.polroles)),
        E'\n    USING (' || pg_get_expr(p.polqual, p.polrelid, true) || ')',
        E'\n    WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')')
    from pg_policy p
    union all
    select g.tgrelid, 4, g.tgname, pg_get_triggerdef(g.oid, true)
    from pg_trigger g
    where not g.tgisinternal and g.tgparentid = 0
    union all
    select g.oid, 5, '', format('GRANT %s%s ON %s TO %s', g.privileges, g.columns, g.oid::regclass, g.grantee::regrole)
    from table_grants g
),
-- A partition's indexes follow from its parent's.
beside as (
    select t.oid, string_agg(s.statement || E';\n', '' order by s.rank, s.name collate "C", s.statement collate "C") as statements
    from tables t join statements s on s.oid = t.oid and not (t.relispartition and s.rank = 1)
    group by t.oid
),
-- Partitions hardly differ but by their bounds: what is on them is said once of all that are alike.
partitions as (
    select t.inhparent, t.name, format(E'CREATE TABLE %s PARTITION OF %s %s;\n', t.name, t.inhparent::regclass, t.bound) as made,
        regexp_replace(b.statements, format('\m%s\M', t.name), 'PARTITION', 'g') as statements
    from tables t join beside b using (oid)
    where t.relispartition
),
alike as (
    select inhparent, format(E'-- On each PARTITION from %s to %s:\n', min(name collate "C"), max(name collate "C")) || statements
        as statements
    from partitions
    group by inhparent, partitions.statements
),
described_tables as (
    select t.oid, concat(
        format(E'\nCREATE TABLE %s (\n%s\n)', t.name,
            (select string_agg('    ' || d.definition, E',\n' order by d.rank, d.place, d.name) from definitions d where d.oid = t.oid)),
        ' PARTITION BY ' || t.partition_key, ' WITH (' || array_to_string(t.reloptions, ', ') || ')', E';\n',
        b.statements,
        (select string_agg(p.made, '' order by p.name collate "C") from partitions p where p.inhparent = t.oid),
        (select string_agg(a.statements, '' order by a.statements collate "C") from alike a where a.inhparent = t.oid)) as text
    from tables t left join beside b using (oid)
    where not t.relispartition
),
described_functions as (
    select p.oid::regprocedure::text as name, concat(
        E'\n', rtrim(pg_get_functiondef(p.oid), E'\n'), E';\n',
        (select format(E'ALTER FUNCTION %s OWNER TO %s;\n', p.oid::regprocedure, p.proowner::regrole)
            where p.proowner <> 'bufdir_owner'::regrole),
        (select format(E'REVOKE ALL ON FUNCTION %s FROM PUBLIC;\n', p.oid::regprocedure)
            where not has_function_privilege('public', p.oid, 'execute')),
        (select string_agg(format(E'GRANT EXECUTE ON FUNCTION %s TO %s;\n', p.oid::regprocedure, a.grantee::regrole), ''
                order by a.grantee::regrole::text collate "C")
            from aclexplode(p.proacl) a where a.grantee not in (0, p.proowner))) as text
    from pg_proc p
    where p.pronamespace = 'app'::regnamespace
),
schema_grants as (
    select format(E'GRANT %s ON SCHEMA %s TO %s;\n', string_agg(a.privilege_type, ', ' order by a.privilege_type), n.nspname,
        a.grantee::regrole) as text
    from pg_namespace n cross join aclexplode(n.nspacl) a
    where n.nspname in ('app', 'public') and a.grantee <> n.nspowner
    group by n.nspname, a.grantee
),
-- By name alone, so that nothing is left out unseen.
others as (
    select format(E'-- There is also the %s %s.\n', o.type, o.identity) as text
    from pg_depend d cross join pg_identify_object(d.classid, d.objid, 0) o
    where d.refclassid = 'pg_namespace'::regclass and d.refobjid in ('app'::regnamespace, 'public'::regnamespace)
        and o.type not in ('table', 'index', 'function')
)
select concat(
    (select string_agg(text, '' order by text collate "C") from schema_grants),
    (select string_agg(text, '' order by text collate "C") from others),
    (select string_agg(text, '' order by oid) from described_tables),
    (select string_agg(text, '' order by name collate "C") from described_functions))
