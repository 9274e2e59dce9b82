-- A temporary table comes before all others wherever a name is looked up along a search path that does not say otherwise.
-- So no function's names depend on its caller: those of PL/pgSQL, and those that run as the definer, have a path of their
-- own, which ends with the temporary tables. SQL functions get their body parsed instead: its names are resolved now, for
-- good, and the planner can still inline what policies ask for each row.
do $$
declare
    fixed text;
    parsed text;
begin
    for fixed in
        select format('alter function %s set search_path = pg_catalog, public, pg_temp', p.oid::regprocedure)
        from pg_proc p join pg_language l on l.oid = p.prolang
        where p.pronamespace = 'app'::regnamespace and (l.lanname = 'plpgsql' or p.proconfig is not null)
    loop
        execute fixed;
    end loop;
    for parsed in
        select replace(pg_get_functiondef(p.oid), format('AS $function$%s$function$', p.prosrc),
            format(E'begin atomic %s\n;\nend', p.prosrc))
        from pg_proc p join pg_language l on l.oid = p.prolang
        where p.pronamespace = 'app'::regnamespace and l.lanname = 'sql' and p.proconfig is null and p.prosqlbody is null
        order by p.oid
    loop
        execute parsed;
    end loop;
end
$$;
