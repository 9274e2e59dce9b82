drop trigger attribute_audit_entry on audit_logs;
drop function app.attribute_audit_entry;
create function app.check_audit_actor() returns trigger language plpgsql
as $$
begin
    if (new.actor_user_id, new.support_access_id) is distinct from (app.user_id(), app.support_access_id()) then
        perform app.refuse('audit_actor_is_who_entered', 'An entry names who entered, and nobody else.');
    end if;
    return new;
end
$$;
create trigger check_audit_actor before insert on audit_logs for each row execute function app.check_audit_actor();
alter policy tenant_inserts on files
    with check (organization_id = app.organization_id()
        and (select app.role() = any ('{coordinator,org_admin,support,system}'::text[])));
drop policy ledger_files_are_for_keepers_of_the_ledger on files;
drop trigger mark_ledger_file on files;
drop function app.mark_ledger_file;
alter table files drop column of_ledger;
