drop table participant_keys, attendances, activity_days, activity_co_units, activity_co_leaders, activities, contacts;
drop function app.refuse_erased_attendances, app.refuse_erased_year;
