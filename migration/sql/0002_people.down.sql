drop function app.enter_system, app.enter;
drop table organizational_units, support_access, memberships, users, organizations cascade;
drop function app.unit_subtree, app.check_unit_level, app.check_support_access;
