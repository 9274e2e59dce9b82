-- Who may know of the ledger's files, and under which name and role an entry of the log is written.

alter table files add column of_ledger boolean not null default false;

-- The ledger's own row tells, whose id is the file's; whoever stores a file doesn't say.
create function app.mark_ledger_file() returns trigger language plpgsql
as $$
begin
    new.of_ledger := exists (select from bufdir_exports e
        where e.organization_id = new.organization_id and e.id = new.id);
    return new;
end
$$;
create trigger mark_ledger_file before insert on files for each row execute function app.mark_ledger_file();

-- Those that are there: past the policies, which bind the owner, and past the rule that a record never changes.
alter table files no force row level security;
alter table bufdir_exports no force row level security;
alter table files disable trigger check_file;
update files f set of_ledger = true from bufdir_exports e where e.organization_id = f.organization_id and e.id = f.id;
alter table files enable trigger check_file;
alter table bufdir_exports force row level security;
alter table files force row level security;

-- As the ledger itself: not for coordinators, neither to read nor to change. The answer stands in the row, so that no
-- row asks for another table.
create policy ledger_files_are_for_keepers_of_the_ledger on files as restrictive
    using (organization_id = app.organization_id()
        and (not of_ledger or (select app.role() = any ('{org_admin,support,system}'::text[]))));

-- Workers store files, and whoever exports the log. A coordinator, who doesn't see the ledger, would store one unmarked.
alter policy tenant_inserts on files
    with check (organization_id = app.organization_id()
        and (select app.role() = any ('{org_admin,support,system}'::text[])));

-- Nobody acts in another's name or capacity, and an entry bears the name and the role that the database itself knows,
-- whatever the statement says. Who came by no door (app.enter, app.enter_system) is past row-level security anyway, and
-- loads what others did. Before the chain's trigger, by its name, since the entry's hash covers them.
create function app.attribute_audit_entry() returns trigger language plpgsql
as $$
declare
    entered_as text := app.role();
begin
    if (new.actor_user_id, new.support_access_id) is distinct from (app.user_id(), app.support_access_id()) then
        perform app.refuse('audit_actor_is_who_entered', 'An entry names who entered, and nobody else.');
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
drop trigger check_audit_actor on audit_logs;
drop function app.check_audit_actor;
create trigger attribute_audit_entry before insert on audit_logs
    for each row execute function app.attribute_audit_entry();
