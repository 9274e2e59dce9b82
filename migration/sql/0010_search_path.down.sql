-- What the functions answer stays the same; only where their names are looked up does not. Bodies become texts again, which
-- do not hold on to the tables that they name.
do $$
declare
    loosened text;
begin
    for loosened in
        select format('alter function %s reset search_path', p.oid::regprocedure)
        from pg_proc p
        where p.pronamespace = 'app'::regnamespace and p.proconfig is not null and not p.prosecdef
    loop
        execute loosened;
    end loop;
    for loosened in
        select format('alter function %s set search_path = pg_catalog, public', p.oid::regprocedure)
        from pg_proc p
        where p.pronamespace = 'app'::regnamespace and p.prosecdef
    loop
        execute loosened;
    end loop;
    for loosened in
        select replace(pg_get_functiondef(p.oid), pg_get_function_sqlbody(p.oid), format('as $function$ %s $function$',
            regexp_replace(pg_get_function_sqlbody(p.oid), '^BEGIN ATOMIC(.*);\s*END$', '\1')))
        from pg_proc p
        where p.pronamespace = 'app'::regnamespace and p.prosqlbody is not null
    loop
        execute loosened;
    end loop;
end
$$;
