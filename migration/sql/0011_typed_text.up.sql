-- Texts that people type or import are printed: in files, on pages, in terminals. A control character there breaks a line,
-- or a program, or hides what stands beside it. Tabs and line breaks are none of these.
create function app.is_typed_text(variadic texts text[]) returns boolean language sql immutable parallel safe
return coalesce(array_to_string(texts, '') !~ '[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]', true);

-- The same of every text within a document.
create function app.is_typed_document(document jsonb) returns boolean language sql immutable parallel safe
return coalesce(not jsonb_path_exists(document,
    'strict $.** ? (@.type() == "string" && @ like_regex "[\\u0001-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F]")'), true);

alter table organizations add constraint text_without_control_characters check (app.is_typed_text(name));
alter table users add constraint text_without_control_characters check (app.is_typed_text(name, email));
alter table support_access add constraint text_without_control_characters check (app.is_typed_text(reason));
alter table organizational_units add constraint text_without_control_characters check (app.is_typed_text(name, external_ref));
alter table contacts add constraint text_without_control_characters check (app.is_typed_text(name, external_ref));
alter table activities add constraint text_without_control_characters
    check (app.is_typed_text(title, place, co_organiser, external_ref));
alter table report_periods add constraint text_without_control_characters check (app.is_typed_text(name));
alter table period_figures add constraint text_without_control_characters check (app.is_typed_document(value));
alter table bufdir_reports add constraint text_without_control_characters check (app.is_typed_text(notes));
alter table report_generations add constraint text_without_control_characters check (app.is_typed_text(submission_reference));
alter table custom_reports add constraint text_without_control_characters
    check (app.is_typed_text(name, description) and app.is_typed_document(filters) and app.is_typed_document(groupings)
        and app.is_typed_document(columns));
