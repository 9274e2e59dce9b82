-- The order of texts that people read: æ, ø and å come last, capitals beside small letters. A server built without ICU
-- has its own order instead.
do $$
begin
    create collation app.norwegian (provider = icu, locale = 'nb-NO');
exception when others then
    create collation app.norwegian from "default";
end
$$;
