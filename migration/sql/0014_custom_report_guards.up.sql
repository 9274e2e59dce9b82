-- What stood open around custom reports: people who were switched off, and schedules that the program does not read.

-- Coordinators and org admins, as long as both the person and the membership are active.
create or replace function app.has_reporting_role(organization uuid, person uuid) returns boolean language sql stable
as $$
    select exists (select from memberships m join users u on u.id = m.user_id
        where m.organization_id = organization and m.user_id = person
            and m.is_active and u.is_active and m.role in ('coordinator', 'org_admin'))
$$;

-- Of a hand-over app.check_custom_report sees to the same.
create function app.check_custom_report_owner() returns trigger language plpgsql
as $$
begin
    if not exists (select from users u where u.id = new.created_by_user_id and u.is_active)
        or (app.role() = 'org_admin' and not app.has_reporting_role(app.organization_id(), new.created_by_user_id)) then
        perform app.refuse('custom_report_owner_is_staff', 'A custom report belongs to somebody active.');
    end if;
    return new;
end
$$;
create trigger check_custom_report_owner before insert on custom_reports
    for each row execute function app.check_custom_report_owner();

-- Whether a text is a cron expression of five fields, as src/custom_report/schedule/expression.rs reads them: stars,
-- numbers, names, ranges that do not wrap, lists, and steps of stars and ranges. Whether it ever comes due is for the
-- program to say.
create or replace function app.is_cron(expression text) returns boolean language plpgsql immutable parallel safe strict
as $$
declare
    fields text[] := regexp_split_to_array(lower(btrim(expression, E' \t')), '[ \t]+');
    lowest constant integer[] := '{0,0,1,1,0}';
    highest constant integer[] := '{59,23,31,12,7}';
    names constant text[] := array['', '', '', 'jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec',
        'sun,mon,tue,wed,thu,fri,sat'];
    item text;
    parts text[];
    bounds integer[];
begin
    if array_length(fields, 1) <> 5 or length(expression) > 200 then
        return false;
    end if;
    for position in 1..5 loop
        foreach item in array string_to_array(fields[position], ',') loop
            -- The star or the first number, the last one of a range, the step.
            parts := regexp_match(item, '^(\*|[0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?(?:/([0-9]{1,2}))?$');
            if parts is null or parts[3]::integer = 0 then
                return false;
            end if;
            if parts[1] = '*' then
                if parts[2] is not null or (parts[3] is null and fields[position] <> '*') then
                    return false;
                end if;
                continue;
            end if;
            if parts[2] is null and parts[3] is not null then
                return false;
            end if;
            -- Each by its number or its name.
            bounds := array(select case when bound ~ '^[0-9]' then bound::integer
                    else lowest[position] - 1 + array_position(string_to_array(names[position], ','), bound) end
                from unnest(array[parts[1], coalesce(parts[2], parts[1])]) with ordinality as one (bound, place)
                order by place);
            -- Sunday ends a week as well as it begins one.
            if position = 5 and parts[2] = 'sun' then
                bounds[2] := 7;
            end if;
            if not coalesce(bounds[1] >= lowest[position] and bounds[2] <= highest[position] and bounds[1] <= bounds[2],
                    false) then
                return false;
            end if;
        end loop;
    end loop;
    return true;
end
$$;

-- What is stored already, and what another version wrote, stays as it is until it comes due: then a worker switches it
-- off. So the rule is one of what is newly written.
alter table custom_reports drop constraint valid_cron_expression;
create function app.check_schedule_cron() returns trigger language plpgsql
as $$
begin
    if not app.is_cron(new.schedule_cron) then
        perform app.refuse('valid_cron_expression', 'The schedule is a valid cron expression.');
    end if;
    return new;
end
$$;
create trigger check_new_schedule_cron before insert on custom_reports
    for each row when (new.schedule_cron is not null) execute function app.check_schedule_cron();
create trigger check_schedule_cron before update on custom_reports
    for each row when (new.schedule_cron is distinct from old.schedule_cron
        or (new.is_scheduled and not old.is_scheduled)) execute function app.check_schedule_cron();
