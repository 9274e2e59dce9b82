drop trigger keep_an_admin_of_deleted on memberships;
drop trigger keep_an_admin on memberships;
drop function app.keep_an_admin;

alter table organizations drop constraint organization_number_valid;
alter table organizations
    add constraint organization_number_valid check (organization_number ~ '^[0-9]{9}$') not valid;
drop function app.is_organization_number;

alter table organizational_units drop constraint county_known;
alter table activities drop constraint county_known;
drop function app.is_county;
