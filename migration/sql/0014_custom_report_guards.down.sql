drop trigger check_schedule_cron on custom_reports;
drop trigger check_new_schedule_cron on custom_reports;
drop trigger check_custom_report_owner on custom_reports;
drop function app.check_schedule_cron, app.check_custom_report_owner;

create or replace function app.is_cron(expression text) returns boolean language plpgsql immutable parallel safe strict
as $$
declare
    fields text[] := regexp_split_to_array(lower(btrim(expression, E' \t')), '[ \t]+');
    allowed constant text[] := array[
        '([0-5]?[0-9])',
        '([01]?[0-9]|2[0-3])',
        '(0?[1-9]|[12][0-9]|3[01])',
        '(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)',
        '(0?[0-7]|sun|mon|tue|wed|thu|fri|sat)'];
    special constant text[] := array[
        '(\*)', '(\*)', '(\*|\?|l|lw|(0?[1-9]|[12][0-9]|3[01])w)', '(\*)',
        '(\*|\?|l|(0?[0-7]|sun|mon|tue|wed|thu|fri|sat)(l|#[1-5l]))'];
    item text;
begin
    if array_length(fields, 1) <> 5 or length(expression) > 200 then
        return false;
    end if;
    for position in 1..5 loop
        item := format('(%2$s|%1$s(-%1$s)?)(/0*[1-9][0-9]?)?', allowed[position], special[position]);
        if fields[position] !~ format('^\+?%1$s(,%1$s)*$', item) then
            return false;
        end if;
    end loop;
    return true;
end
$$;
alter table custom_reports add constraint valid_cron_expression check (app.is_cron(schedule_cron));

create or replace function app.has_reporting_role(organization uuid, person uuid) returns boolean language sql stable
as $$
    select exists (select from memberships m where m.organization_id = organization and m.user_id = person
        and m.is_active and m.role in ('coordinator', 'org_admin'))
$$;
