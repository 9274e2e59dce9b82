-- $1: the organization; $2: the basis year.
with erased as (
    delete from attendances where organization_id = $1
        and local_date between make_date($2, 1, 1) and make_date($2, 12, 31)
    returning contact_id
), forgotten as (
    delete from contacts c where c.organization_id = $1 and c.id in (select contact_id from erased)
        and not exists (select from attendances a where a.organization_id = $1 and a.contact_id = c.id
            and a.local_date not between make_date($2, 1, 1) and make_date($2, 12, 31))
    returning c.id
)
select (select count(*) from erased) as attendances, (select count(*) from forgotten) as contacts
