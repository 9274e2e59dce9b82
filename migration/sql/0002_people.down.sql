drop table organizational_units, support_access, memberships, users, organizations cascade;
drop function app.enter_system, app.enter, app.unit_subtree, app.check_unit_level, app.is_county, app.check_support_access,
    app.has_reporting_role, app.keep_an_admin, app.is_organization_number;
