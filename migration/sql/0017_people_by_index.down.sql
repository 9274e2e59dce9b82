alter policy people_of_the_organization on users
    using (app.role() <> 'peer_mentor' and id in (select user_id from memberships where organization_id = app.organization_id()));
