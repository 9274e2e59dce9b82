-- The roles of the cluster. Run once by a superuser, before the first migration; running it again changes nothing.
--
--   bufdir_owner    owns the schema and migrates it
--   bufdir_app      what the server logs in as: owns nothing, bypasses nothing, is a member of nothing
--   bufdir_definer  nobody logs in as it: owns the few functions that must see what the app may not
do $$
begin
    if not exists (select from pg_roles where rolname = 'bufdir_owner') then
        create role bufdir_owner login nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'bufdir_app') then
        create role bufdir_app login nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'bufdir_definer') then
        create role bufdir_definer nologin nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
end
$$;
grant bufdir_definer to bufdir_owner;
