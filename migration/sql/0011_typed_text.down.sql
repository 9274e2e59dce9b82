do $$
declare
    checked text;
begin
    for checked in select conrelid::regclass from pg_constraint where conname = 'text_without_control_characters' loop
        execute format('alter table %s drop constraint text_without_control_characters', checked);
    end loop;
end
$$;
drop function app.is_typed_text;
drop function app.is_typed_document;
