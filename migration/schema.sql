-- The database as migrated: each table with all that is on it, then the functions. For reading. Made by `make database`
-- from the migrations (sql/), which have the reasons and are what makes a database.

GRANT CREATE, USAGE ON SCHEMA app TO bufdir_definer;
GRANT USAGE ON SCHEMA app TO bufdir_app;
GRANT USAGE ON SCHEMA public TO bufdir_app;
GRANT USAGE ON SCHEMA public TO bufdir_definer;
-- There is also the collation app.norwegian.

CREATE TABLE organizations (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    organization_number text NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organization_slug_unique UNIQUE (slug),
    CONSTRAINT organization_name_not_empty CHECK (btrim(name) <> ''::text),
    CONSTRAINT organization_number_valid CHECK (app.is_organization_number(organization_number)),
    CONSTRAINT organization_slug_valid CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text AND length(slug) <= 63),
    CONSTRAINT short_text_length CHECK (length(name) <= 300),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name]))
);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY entered ON organizations FOR SELECT
    USING (id = app.organization_id());
CREATE POLICY own ON organizations FOR SELECT
    USING ((id IN ( SELECT memberships.organization_id
   FROM memberships
  WHERE memberships.user_id = app.user_id())) OR (id IN ( SELECT support_access.organization_id
   FROM support_access
  WHERE support_access.global_admin_user_id = app.user_id())));
CREATE POLICY provision ON organizations TO bufdir_owner
    USING (true)
    WITH CHECK (true);
GRANT SELECT ON organizations TO bufdir_app;

CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    is_global_admin boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT user_email_unique UNIQUE (email),
    CONSTRAINT short_text_length CHECK (length(name) <= 300 AND length(email) <= 300),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name, email])),
    CONSTRAINT user_email_valid CHECK (email ~ '^[^@\s]+@[^@\s]+$'::text AND email = lower(email)),
    CONSTRAINT user_name_not_empty CHECK (btrim(name) <> ''::text)
);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY global_admins_by_name ON users FOR SELECT
    USING (is_global_admin AND (app.role() = ANY (ARRAY['org_admin'::text, 'support'::text])));
CREATE POLICY oneself ON users FOR SELECT
    USING (id = app.user_id());
CREATE POLICY people_of_the_organization ON users FOR SELECT
    USING (app.role() <> 'peer_mentor'::text AND (EXISTS ( SELECT
   FROM memberships m
  WHERE m.organization_id = app.organization_id() AND m.user_id = users.id)));
CREATE POLICY provision ON users TO bufdir_owner
    USING (true)
    WITH CHECK (true);
GRANT SELECT ON users TO bufdir_app;

CREATE TABLE memberships (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    peer_approved_from date,
    peer_approved_until date,
    peer_trained_on date,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT membership_role_valid CHECK (role = ANY (ARRAY['peer_mentor'::text, 'coordinator'::text, 'org_admin'::text])),
    CONSTRAINT peer_approval_start_before_end CHECK (COALESCE(peer_approved_from <= peer_approved_until, peer_approved_until IS NULL)),
    CONSTRAINT memberships_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX idx_memberships_user ON memberships USING btree (user_id);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY own_memberships ON memberships FOR SELECT
    USING (user_id = app.user_id());
CREATE POLICY tenant_inserts ON memberships FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND app.role() = 'system'::text);
CREATE POLICY tenant_reads ON memberships FOR SELECT
    USING (organization_id = app.organization_id() AND (app.role() = ANY (ARRAY['coordinator'::text, 'org_admin'::text, 'support'::text, 'system'::text])));
CREATE POLICY tenant_updates ON memberships FOR UPDATE
    USING (organization_id = app.organization_id() AND app.role() = 'system'::text);
CREATE CONSTRAINT TRIGGER keep_an_admin AFTER UPDATE ON memberships DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (old.role = 'org_admin'::text AND old.is_active AND NOT (new.role = 'org_admin'::text AND new.is_active)) EXECUTE FUNCTION app.keep_an_admin();
CREATE CONSTRAINT TRIGGER keep_an_admin_of_deleted AFTER DELETE ON memberships DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (old.role = 'org_admin'::text AND old.is_active) EXECUTE FUNCTION app.keep_an_admin();
GRANT INSERT, SELECT, UPDATE ON memberships TO bufdir_app;

CREATE TABLE support_access (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    global_admin_user_id uuid NOT NULL,
    reason text NOT NULL,
    granted_by_user_id uuid NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by_user_id uuid,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT support_access_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT support_access_at_most_30_days CHECK (valid_until > valid_from AND valid_until <= (valid_from + '30 days'::interval)),
    CONSTRAINT support_access_reason_length CHECK (length(reason) <= 1000),
    CONSTRAINT support_access_reason_not_empty CHECK (btrim(reason) <> ''::text),
    CONSTRAINT support_access_revocation_complete CHECK ((revoked_at IS NULL) = (revoked_by_user_id IS NULL)),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[reason])),
    CONSTRAINT support_access_global_admin_user_id_fkey FOREIGN KEY (global_admin_user_id) REFERENCES users(id),
    CONSTRAINT support_access_granted_by_user_id_fkey FOREIGN KEY (granted_by_user_id) REFERENCES users(id),
    CONSTRAINT support_access_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT support_access_revoked_by_user_id_fkey FOREIGN KEY (revoked_by_user_id) REFERENCES users(id)
);
CREATE INDEX idx_support_access_user ON support_access USING btree (global_admin_user_id);
ALTER TABLE support_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_access FORCE ROW LEVEL SECURITY;
CREATE POLICY own_grants ON support_access FOR SELECT
    USING (global_admin_user_id = app.user_id());
CREATE POLICY tenant_inserts ON support_access FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND app.role() = 'org_admin'::text);
CREATE POLICY tenant_reads ON support_access FOR SELECT
    USING (organization_id = app.organization_id() AND (app.role() = ANY (ARRAY['org_admin'::text, 'support'::text, 'system'::text])));
CREATE POLICY tenant_updates ON support_access FOR UPDATE
    USING (organization_id = app.organization_id() AND app.role() = 'org_admin'::text);
CREATE TRIGGER check_support_access BEFORE INSERT OR UPDATE ON support_access FOR EACH ROW EXECUTE FUNCTION app.check_support_access();
GRANT INSERT, SELECT, UPDATE ON support_access TO bufdir_app;

CREATE TABLE organizational_units (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    parent_id uuid,
    level text NOT NULL,
    name text NOT NULL,
    county text,
    external_ref text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT organizational_units_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT county_known CHECK (app.is_county(county)),
    CONSTRAINT national_unit_is_the_root CHECK ((level = 'national'::text) = (parent_id IS NULL)),
    CONSTRAINT short_text_length CHECK (length(name) <= 300 AND length(external_ref) <= 300),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name, external_ref])),
    CONSTRAINT unit_level_valid CHECK (level = ANY (ARRAY['national'::text, 'region'::text, 'local'::text])),
    CONSTRAINT unit_name_not_empty CHECK (btrim(name) <> ''::text),
    CONSTRAINT organizational_units_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT unit_parent_in_organization FOREIGN KEY (organization_id, parent_id) REFERENCES organizational_units(organization_id, id)
);
CREATE INDEX idx_organizational_units_parent ON organizational_units USING btree (organization_id, parent_id);
CREATE UNIQUE INDEX one_national_unit ON organizational_units USING btree (organization_id) WHERE level = 'national'::text;
CREATE UNIQUE INDEX unit_external_ref_unique ON organizational_units USING btree (organization_id, external_ref);
ALTER TABLE organizational_units ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizational_units FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON organizational_units FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON organizational_units FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON organizational_units FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{peer_mentor,coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON organizational_units FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE TRIGGER check_unit_level BEFORE INSERT OR UPDATE OF parent_id, level ON organizational_units FOR EACH ROW EXECUTE FUNCTION app.check_unit_level();
GRANT INSERT, SELECT, UPDATE ON organizational_units TO bufdir_app;

CREATE TABLE audit_logs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_user_id uuid,
    actor_name text NOT NULL,
    actor_role text,
    support_access_id uuid,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid,
    report_id uuid,
    message text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
    CONSTRAINT audit_action_valid CHECK (action ~ '^[a-z]+(_[a-z]+)*$'::text AND length(action) <= 64),
    CONSTRAINT audit_actor_kind_valid CHECK (actor_kind = ANY (ARRAY['user'::text, 'support'::text, 'worker'::text, 'schedule'::text, 'import'::text, 'operator'::text])),
    CONSTRAINT audit_id_carries_its_time CHECK (app.uuid_millis(id) = floor(EXTRACT(epoch FROM created_at) * 1000::numeric)::bigint),
    CONSTRAINT audit_person_has_name_and_role CHECK (btrim(actor_name) <> ''::text AND ((actor_kind <> ALL (ARRAY['user'::text, 'support'::text])) OR actor_user_id IS NOT NULL AND actor_role IS NOT NULL)),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT audit_logs_actor_user_id_fkey FOREIGN KEY (actor_user_id) REFERENCES users(id),
    CONSTRAINT audit_logs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT audit_report_in_organization FOREIGN KEY (organization_id, report_id) REFERENCES bufdir_reports(organization_id, id),
    CONSTRAINT audit_support_grant_in_organization FOREIGN KEY (organization_id, support_access_id) REFERENCES support_access(organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX idx_audit_logs_org_report ON ONLY audit_logs USING btree (organization_id, report_id, sequence) WHERE report_id IS NOT NULL;
CREATE INDEX idx_audit_logs_org_sequence ON ONLY audit_logs USING btree (organization_id, sequence);
ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY report_trail ON audit_logs FOR SELECT
    USING (organization_id = app.organization_id() AND report_id IS NOT NULL AND app.role() = 'coordinator'::text);
CREATE POLICY tenant_inserts ON audit_logs FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND app.role() IS NOT NULL);
CREATE POLICY tenant_reads ON audit_logs FOR SELECT
    USING (organization_id = app.organization_id() AND (app.role() = ANY (ARRAY['org_admin'::text, 'support'::text, 'system'::text])));
CREATE TRIGGER attribute_audit_entry BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION app.attribute_audit_entry();
CREATE TRIGGER chain_audit_entry BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION app.chain_audit_entry();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_logs FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_audit_change();
GRANT INSERT, SELECT ON audit_logs TO bufdir_app;
GRANT SELECT ON audit_logs TO bufdir_definer;
CREATE TABLE audit_logs_2015 PARTITION OF audit_logs FOR VALUES FROM ('014aa2ca-b000-0000-0000-000000000000') TO ('0151fa7b-dc00-0000-0000-000000000000');
CREATE TABLE audit_logs_2016 PARTITION OF audit_logs FOR VALUES FROM ('0151fa7b-dc00-0000-0000-000000000000') TO ('01595753-6400-0000-0000-000000000000');
CREATE TABLE audit_logs_2017 PARTITION OF audit_logs FOR VALUES FROM ('01595753-6400-0000-0000-000000000000') TO ('0160af04-9000-0000-0000-000000000000');
CREATE TABLE audit_logs_2018 PARTITION OF audit_logs FOR VALUES FROM ('0160af04-9000-0000-0000-000000000000') TO ('016806b5-bc00-0000-0000-000000000000');
CREATE TABLE audit_logs_2019 PARTITION OF audit_logs FOR VALUES FROM ('016806b5-bc00-0000-0000-000000000000') TO ('016f5e66-e800-0000-0000-000000000000');
CREATE TABLE audit_logs_2020 PARTITION OF audit_logs FOR VALUES FROM ('016f5e66-e800-0000-0000-000000000000') TO ('0176bb3e-7000-0000-0000-000000000000');
CREATE TABLE audit_logs_2021 PARTITION OF audit_logs FOR VALUES FROM ('0176bb3e-7000-0000-0000-000000000000') TO ('017e12ef-9c00-0000-0000-000000000000');
CREATE TABLE audit_logs_2022 PARTITION OF audit_logs FOR VALUES FROM ('017e12ef-9c00-0000-0000-000000000000') TO ('01856aa0-c800-0000-0000-000000000000');
CREATE TABLE audit_logs_2023 PARTITION OF audit_logs FOR VALUES FROM ('01856aa0-c800-0000-0000-000000000000') TO ('018cc251-f400-0000-0000-000000000000');
CREATE TABLE audit_logs_2024 PARTITION OF audit_logs FOR VALUES FROM ('018cc251-f400-0000-0000-000000000000') TO ('01941f29-7c00-0000-0000-000000000000');
CREATE TABLE audit_logs_2025 PARTITION OF audit_logs FOR VALUES FROM ('01941f29-7c00-0000-0000-000000000000') TO ('019b76da-a800-0000-0000-000000000000');
CREATE TABLE audit_logs_2026 PARTITION OF audit_logs FOR VALUES FROM ('019b76da-a800-0000-0000-000000000000') TO ('01a2ce8b-d400-0000-0000-000000000000');
CREATE TABLE audit_logs_2027 PARTITION OF audit_logs FOR VALUES FROM ('01a2ce8b-d400-0000-0000-000000000000') TO ('01aa263d-0000-0000-0000-000000000000');
CREATE TABLE audit_logs_2028 PARTITION OF audit_logs FOR VALUES FROM ('01aa263d-0000-0000-0000-000000000000') TO ('01b18314-8800-0000-0000-000000000000');
CREATE TABLE audit_logs_2029 PARTITION OF audit_logs FOR VALUES FROM ('01b18314-8800-0000-0000-000000000000') TO ('01b8dac5-b400-0000-0000-000000000000');
CREATE TABLE audit_logs_2030 PARTITION OF audit_logs FOR VALUES FROM ('01b8dac5-b400-0000-0000-000000000000') TO ('01c03276-e000-0000-0000-000000000000');
CREATE TABLE audit_logs_2031 PARTITION OF audit_logs FOR VALUES FROM ('01c03276-e000-0000-0000-000000000000') TO ('01c78a28-0c00-0000-0000-000000000000');
CREATE TABLE audit_logs_2032 PARTITION OF audit_logs FOR VALUES FROM ('01c78a28-0c00-0000-0000-000000000000') TO ('01cee6ff-9400-0000-0000-000000000000');
CREATE TABLE audit_logs_2033 PARTITION OF audit_logs FOR VALUES FROM ('01cee6ff-9400-0000-0000-000000000000') TO ('01d63eb0-c000-0000-0000-000000000000');
CREATE TABLE audit_logs_2034 PARTITION OF audit_logs FOR VALUES FROM ('01d63eb0-c000-0000-0000-000000000000') TO ('01dd9661-ec00-0000-0000-000000000000');
CREATE TABLE audit_logs_2035 PARTITION OF audit_logs FOR VALUES FROM ('01dd9661-ec00-0000-0000-000000000000') TO ('01e4ee13-1800-0000-0000-000000000000');
CREATE TABLE audit_logs_2036 PARTITION OF audit_logs FOR VALUES FROM ('01e4ee13-1800-0000-0000-000000000000') TO ('01ec4aea-a000-0000-0000-000000000000');
CREATE TABLE audit_logs_2037 PARTITION OF audit_logs FOR VALUES FROM ('01ec4aea-a000-0000-0000-000000000000') TO ('01f3a29b-cc00-0000-0000-000000000000');
CREATE TABLE audit_logs_2038 PARTITION OF audit_logs FOR VALUES FROM ('01f3a29b-cc00-0000-0000-000000000000') TO ('01fafa4c-f800-0000-0000-000000000000');
CREATE TABLE audit_logs_2039 PARTITION OF audit_logs FOR VALUES FROM ('01fafa4c-f800-0000-0000-000000000000') TO ('020251fe-2400-0000-0000-000000000000');
CREATE TABLE audit_logs_2040 PARTITION OF audit_logs FOR VALUES FROM ('020251fe-2400-0000-0000-000000000000') TO ('0209aed5-ac00-0000-0000-000000000000');
CREATE TABLE audit_logs_2041 PARTITION OF audit_logs FOR VALUES FROM ('0209aed5-ac00-0000-0000-000000000000') TO ('02110686-d800-0000-0000-000000000000');
CREATE TABLE audit_logs_2042 PARTITION OF audit_logs FOR VALUES FROM ('02110686-d800-0000-0000-000000000000') TO ('02185e38-0400-0000-0000-000000000000');
CREATE TABLE audit_logs_2043 PARTITION OF audit_logs FOR VALUES FROM ('02185e38-0400-0000-0000-000000000000') TO ('021fb5e9-3000-0000-0000-000000000000');
CREATE TABLE audit_logs_2044 PARTITION OF audit_logs FOR VALUES FROM ('021fb5e9-3000-0000-0000-000000000000') TO ('022712c0-b800-0000-0000-000000000000');
CREATE TABLE audit_logs_2045 PARTITION OF audit_logs FOR VALUES FROM ('022712c0-b800-0000-0000-000000000000') TO ('022e6a71-e400-0000-0000-000000000000');
CREATE TABLE audit_logs_2046 PARTITION OF audit_logs FOR VALUES FROM ('022e6a71-e400-0000-0000-000000000000') TO ('0235c223-1000-0000-0000-000000000000');
CREATE TABLE audit_logs_2047 PARTITION OF audit_logs FOR VALUES FROM ('0235c223-1000-0000-0000-000000000000') TO ('023d19d4-3c00-0000-0000-000000000000');
CREATE TABLE audit_logs_2048 PARTITION OF audit_logs FOR VALUES FROM ('023d19d4-3c00-0000-0000-000000000000') TO ('024476ab-c400-0000-0000-000000000000');
CREATE TABLE audit_logs_2049 PARTITION OF audit_logs FOR VALUES FROM ('024476ab-c400-0000-0000-000000000000') TO ('024bce5c-f000-0000-0000-000000000000');
CREATE TABLE audit_logs_2050 PARTITION OF audit_logs FOR VALUES FROM ('024bce5c-f000-0000-0000-000000000000') TO ('0253260e-1c00-0000-0000-000000000000');
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
-- On each PARTITION from audit_logs_2015 to audit_logs_2050:
ALTER TABLE PARTITION ENABLE ROW LEVEL SECURITY;
ALTER TABLE PARTITION FORCE ROW LEVEL SECURITY;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON PARTITION FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_audit_change();
-- On each PARTITION from audit_logs_default to audit_logs_default:
ALTER TABLE PARTITION ENABLE ROW LEVEL SECURITY;
ALTER TABLE PARTITION FORCE ROW LEVEL SECURITY;
CREATE POLICY default_is_watched ON PARTITION FOR SELECT TO bufdir_definer
    USING (true);
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON PARTITION FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_audit_change();
GRANT SELECT ON PARTITION TO bufdir_definer;

CREATE TABLE audit_heads (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY (organization_id),
    CONSTRAINT audit_heads_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY chain ON audit_heads TO bufdir_definer
    USING (true)
    WITH CHECK (true);
GRANT INSERT, SELECT, UPDATE ON audit_heads TO bufdir_definer;

CREATE TABLE contacts (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text,
    external_ref text,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT contacts_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT short_text_length CHECK (length(name) <= 300 AND length(external_ref) <= 300),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name, external_ref])),
    CONSTRAINT contacts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE UNIQUE INDEX contact_external_ref_unique ON contacts USING btree (organization_id, external_ref);
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON contacts FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON contacts FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON contacts FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON contacts FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
GRANT DELETE, INSERT, SELECT, UPDATE ON contacts TO bufdir_app;

CREATE TABLE activities (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    group_kind text,
    mode text NOT NULL,
    status text NOT NULL,
    title text NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    county text,
    country text DEFAULT 'NO'::text NOT NULL,
    leader_user_id uuid,
    peer_initiated boolean DEFAULT true NOT NULL,
    is_recreational boolean DEFAULT false NOT NULL,
    co_organiser text,
    newcomers_confirmed_by uuid,
    external_ref text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT activities_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT activity_country_valid CHECK (country ~ '^[A-Z]{2}$'::text),
    CONSTRAINT activity_group_kind_valid CHECK ((kind = 'group'::text) = (group_kind IS NOT NULL) AND (group_kind = ANY (ARRAY['conversation'::text, 'activity'::text]))),
    CONSTRAINT activity_kind_valid CHECK (kind = ANY (ARRAY['outreach'::text, 'group'::text, 'course'::text, 'other'::text])),
    CONSTRAINT activity_mode_valid CHECK (mode = ANY (ARRAY['in_person'::text, 'digital'::text, 'phone'::text])),
    CONSTRAINT activity_status_valid CHECK (status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text])),
    CONSTRAINT activity_title_length CHECK (length(title) <= 300),
    CONSTRAINT county_known CHECK (app.is_county(county)),
    CONSTRAINT short_text_length CHECK (length(place) <= 300 AND length(co_organiser) <= 300 AND length(external_ref) <= 300),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[title, place, co_organiser, external_ref])),
    CONSTRAINT activities_newcomers_confirmed_by_fkey FOREIGN KEY (newcomers_confirmed_by) REFERENCES users(id),
    CONSTRAINT activities_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT activity_leader_in_organization FOREIGN KEY (organization_id, leader_user_id) REFERENCES memberships(organization_id, user_id),
    CONSTRAINT activity_unit_in_organization FOREIGN KEY (organization_id, unit_id) REFERENCES organizational_units(organization_id, id)
);
CREATE UNIQUE INDEX activity_external_ref_unique ON activities USING btree (organization_id, external_ref);
CREATE INDEX idx_activities_unit ON activities USING btree (organization_id, unit_id);
ALTER TABLE activities ENABLE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON activities FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON activities FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON activities FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON activities FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
GRANT DELETE, INSERT, SELECT, UPDATE ON activities TO bufdir_app;

CREATE TABLE activity_co_leaders (
    organization_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT activity_co_leaders_pkey PRIMARY KEY (organization_id, activity_id, user_id),
    CONSTRAINT co_leader_activity_in_organization FOREIGN KEY (organization_id, activity_id) REFERENCES activities(organization_id, id) ON DELETE CASCADE,
    CONSTRAINT co_leader_in_organization FOREIGN KEY (organization_id, user_id) REFERENCES memberships(organization_id, user_id)
);
ALTER TABLE activity_co_leaders ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_co_leaders FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON activity_co_leaders FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON activity_co_leaders FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON activity_co_leaders FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON activity_co_leaders FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
GRANT DELETE, INSERT, SELECT, UPDATE ON activity_co_leaders TO bufdir_app;

CREATE TABLE activity_co_units (
    organization_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    CONSTRAINT activity_co_units_pkey PRIMARY KEY (organization_id, activity_id, unit_id),
    CONSTRAINT co_unit_activity_in_organization FOREIGN KEY (organization_id, activity_id) REFERENCES activities(organization_id, id) ON DELETE CASCADE,
    CONSTRAINT co_unit_in_organization FOREIGN KEY (organization_id, unit_id) REFERENCES organizational_units(organization_id, id)
);
ALTER TABLE activity_co_units ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_co_units FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON activity_co_units FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON activity_co_units FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON activity_co_units FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON activity_co_units FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
GRANT DELETE, INSERT, SELECT, UPDATE ON activity_co_units TO bufdir_app;

CREATE TABLE activity_days (
    organization_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    local_date date NOT NULL,
    starts_at time without time zone,
    minutes integer NOT NULL,
    anonymous_participants integer DEFAULT 0 NOT NULL,
    CONSTRAINT activity_days_pkey PRIMARY KEY (organization_id, activity_id, local_date),
    CONSTRAINT activity_minutes_within_a_day CHECK (minutes >= 0 AND minutes <= 1440),
    CONSTRAINT anonymous_participants_plausible CHECK (anonymous_participants >= 0 AND anonymous_participants <= 100000),
    CONSTRAINT day_activity_in_organization FOREIGN KEY (organization_id, activity_id) REFERENCES activities(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_activity_days_org_date ON activity_days USING btree (organization_id, local_date, activity_id) INCLUDE (starts_at, minutes, anonymous_participants);
ALTER TABLE activity_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON activity_days FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON activity_days FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON activity_days FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON activity_days FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
GRANT DELETE, INSERT, SELECT, UPDATE ON activity_days TO bufdir_app;

CREATE TABLE attendances (
    organization_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    local_date date NOT NULL,
    contact_id uuid NOT NULL,
    CONSTRAINT attendances_pkey PRIMARY KEY (organization_id, activity_id, local_date, contact_id),
    CONSTRAINT attendance_contact_in_organization FOREIGN KEY (organization_id, contact_id) REFERENCES contacts(organization_id, id),
    CONSTRAINT attendance_day_in_organization FOREIGN KEY (organization_id, activity_id, local_date) REFERENCES activity_days(organization_id, activity_id, local_date) ON DELETE CASCADE
);
CREATE INDEX idx_attendances_contact ON attendances USING btree (organization_id, contact_id);
CREATE INDEX idx_attendances_org_date ON attendances USING btree (organization_id, local_date, activity_id) INCLUDE (contact_id);
ALTER TABLE attendances ENABLE ROW LEVEL SECURITY;
ALTER TABLE attendances FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON attendances FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON attendances FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON attendances FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON attendances FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE TRIGGER refuse_erased_attendances AFTER INSERT ON attendances REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_erased_attendances();
GRANT DELETE, INSERT, SELECT, UPDATE ON attendances TO bufdir_app;

CREATE TABLE participant_keys (
    organization_id uuid NOT NULL,
    basis_year integer NOT NULL,
    key bytea,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT participant_keys_pkey PRIMARY KEY (organization_id, basis_year),
    CONSTRAINT participant_key_erased_or_present CHECK ((key IS NULL) = (erased_at IS NOT NULL)),
    CONSTRAINT participant_key_length CHECK (key IS NULL OR length(key) = 32),
    CONSTRAINT participant_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
ALTER TABLE participant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY erasure_is_known ON participant_keys FOR SELECT TO bufdir_definer
    USING (erased_at IS NOT NULL);
CREATE POLICY tenant_deletes ON participant_keys FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON participant_keys FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON participant_keys FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_updates ON participant_keys FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE TRIGGER check_participant_key BEFORE INSERT OR DELETE OR UPDATE ON participant_keys FOR EACH ROW EXECUTE FUNCTION app.check_participant_key();
GRANT INSERT, SELECT, UPDATE ON participant_keys TO bufdir_app;
GRANT SELECT (organization_id, basis_year, erased_at) ON participant_keys TO bufdir_definer;

CREATE TABLE format_versions (
    version text NOT NULL,
    basis_years int4range NOT NULL,
    fields jsonb NOT NULL,
    rules jsonb NOT NULL,
    rules_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT app.now() NOT NULL,
    CONSTRAINT format_versions_pkey PRIMARY KEY (version),
    CONSTRAINT one_format_version_per_basis_year EXCLUDE USING gist (basis_years WITH &&),
    CONSTRAINT format_fields_are_an_array CHECK (jsonb_typeof(fields) = 'array'::text),
    CONSTRAINT format_rules_are_an_object CHECK (jsonb_typeof(rules) = 'object'::text),
    CONSTRAINT schema_version_non_empty CHECK (btrim(version) <> ''::text)
);
CREATE TRIGGER check_format_version AFTER INSERT ON format_versions FOR EACH ROW EXECUTE FUNCTION app.check_format_version();
CREATE TRIGGER guard_format_version BEFORE INSERT OR DELETE OR UPDATE ON format_versions FOR EACH ROW EXECUTE FUNCTION app.guard_format_version();
GRANT SELECT ON format_versions TO bufdir_app;

CREATE TABLE report_periods (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    first_date date NOT NULL,
    last_date date NOT NULL,
    starts_at timestamp with time zone GENERATED ALWAYS AS (app.day_start(first_date)) STORED NOT NULL,
    ends_at timestamp with time zone GENERATED ALWAYS AS (app.day_end(last_date)) STORED NOT NULL,
    basis_year integer GENERATED ALWAYS AS (EXTRACT(year FROM first_date)::integer) STORED NOT NULL,
    created_by_user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT report_periods_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT period_name_length CHECK (length(name) <= 200),
    CONSTRAINT period_name_not_empty CHECK (btrim(name) <> ''::text),
    CONSTRAINT period_start_before_end CHECK (first_date <= last_date),
    CONSTRAINT period_within_one_year CHECK (EXTRACT(year FROM first_date) = EXTRACT(year FROM last_date)),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name])),
    CONSTRAINT report_periods_created_by_user_id_fkey FOREIGN KEY (created_by_user_id) REFERENCES users(id),
    CONSTRAINT report_periods_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE UNIQUE INDEX report_period_bounds ON report_periods USING btree (organization_id, id, starts_at, ends_at);
CREATE UNIQUE INDEX unique_period_per_organization ON report_periods USING btree (organization_id, first_date, last_date);
ALTER TABLE report_periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_periods FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON report_periods FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON report_periods FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_reads ON report_periods FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON report_periods FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
GRANT INSERT, SELECT, UPDATE ON report_periods TO bufdir_app;

CREATE TABLE period_figures (
    organization_id uuid NOT NULL,
    report_period_id uuid NOT NULL,
    field text NOT NULL,
    version integer NOT NULL,
    value jsonb,
    entered_by_user_id uuid NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    CONSTRAINT period_figures_pkey PRIMARY KEY (organization_id, report_period_id, field, version),
    CONSTRAINT figure_text_length CHECK (length(value ->> 'reference'::text) <= 500 AND (jsonb_typeof(value) <> 'string'::text OR length(value #>> '{}'::text[]) <= 500)),
    CONSTRAINT figure_version_positive CHECK (version > 0),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_document(value)),
    CONSTRAINT figure_period_in_organization FOREIGN KEY (organization_id, report_period_id) REFERENCES report_periods(organization_id, id),
    CONSTRAINT period_figures_entered_by_user_id_fkey FOREIGN KEY (entered_by_user_id) REFERENCES users(id)
);
ALTER TABLE period_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE period_figures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON period_figures FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin}'::text[])));
CREATE POLICY tenant_inserts ON period_figures FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin}'::text[])));
CREATE POLICY tenant_reads ON period_figures FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON period_figures FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin}'::text[])));
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON period_figures FOR EACH ROW EXECUTE FUNCTION app.refuse_frozen_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON period_figures FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_frozen_change();
GRANT INSERT, SELECT ON period_figures TO bufdir_app;

CREATE TABLE bufdir_reports (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    report_period_id uuid NOT NULL,
    reporting_period_start timestamp with time zone NOT NULL,
    reporting_period_end timestamp with time zone NOT NULL,
    status text NOT NULL,
    bufdir_format_version text NOT NULL,
    current_generation integer DEFAULT 0 NOT NULL,
    report_data jsonb,
    activity_count integer,
    participant_count integer,
    volunteer_count integer,
    total_hours numeric(12,2),
    generated_at timestamp with time zone,
    generated_by_user_id uuid,
    export_format text,
    exported_at timestamp with time zone,
    exported_by_user_id uuid,
    export_file_path text,
    failure_reason text,
    notes text,
    requested_by_user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT bufdir_reports_pkey PRIMARY KEY (id),
    CONSTRAINT unique_report_per_org_per_period UNIQUE (organization_id, reporting_period_start, reporting_period_end),
    CONSTRAINT activity_count_non_negative CHECK (activity_count >= 0),
    CONSTRAINT export_format_required_on_export CHECK (status <> 'exported'::text OR export_format IS NOT NULL AND exported_at IS NOT NULL AND exported_by_user_id IS NOT NULL AND export_file_path IS NOT NULL),
    CONSTRAINT failed_report_requires_reason CHECK ((status = 'failed'::text) = (failure_reason IS NOT NULL AND btrim(failure_reason) <> ''::text)),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT notes_length CHECK (length(notes) <= 20000),
    CONSTRAINT participant_count_non_negative CHECK (participant_count >= 0),
    CONSTRAINT period_start_before_end CHECK (reporting_period_start < reporting_period_end),
    CONSTRAINT report_data_required_before_export CHECK ((status <> ALL (ARRAY['ready'::text, 'exported'::text])) OR report_data IS NOT NULL AND jsonb_typeof(report_data) = 'object'::text AND generated_at IS NOT NULL AND generated_by_user_id IS NOT NULL),
    CONSTRAINT report_status_is_valid_enum CHECK (status = ANY (ARRAY['pending'::text, 'generating'::text, 'ready'::text, 'exported'::text, 'failed'::text])),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[notes])),
    CONSTRAINT total_hours_non_negative CHECK (total_hours >= 0::numeric),
    CONSTRAINT valid_export_format CHECK (app.is_export_format(export_format)),
    CONSTRAINT volunteer_count_non_negative CHECK (volunteer_count >= 0),
    CONSTRAINT bufdir_reports_exported_by_user_id_fkey FOREIGN KEY (exported_by_user_id) REFERENCES users(id),
    CONSTRAINT bufdir_reports_generated_by_user_id_fkey FOREIGN KEY (generated_by_user_id) REFERENCES users(id),
    CONSTRAINT bufdir_reports_requested_by_user_id_fkey FOREIGN KEY (requested_by_user_id) REFERENCES users(id),
    CONSTRAINT organization_must_exist_and_be_active FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT report_format_version_known FOREIGN KEY (bufdir_format_version) REFERENCES format_versions(version),
    CONSTRAINT report_period_keeps_its_dates FOREIGN KEY (organization_id, report_period_id, reporting_period_start, reporting_period_end) REFERENCES report_periods(organization_id, id, starts_at, ends_at)
);
CREATE UNIQUE INDEX bufdir_reports_org_id ON bufdir_reports USING btree (organization_id, id);
CREATE INDEX idx_bufdir_report_created_at ON bufdir_reports USING btree (created_at);
CREATE INDEX idx_bufdir_report_org_id ON bufdir_reports USING btree (organization_id);
CREATE INDEX idx_bufdir_report_org_period ON bufdir_reports USING btree (organization_id, reporting_period_start, reporting_period_end);
CREATE INDEX idx_bufdir_report_status ON bufdir_reports USING btree (status);
ALTER TABLE bufdir_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE bufdir_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON bufdir_reports FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON bufdir_reports FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_reads ON bufdir_reports FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON bufdir_reports FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE TRIGGER check_report BEFORE INSERT OR UPDATE ON bufdir_reports FOR EACH ROW EXECUTE FUNCTION app.check_report();
CREATE TRIGGER check_who_asked BEFORE INSERT ON bufdir_reports FOR EACH ROW EXECUTE FUNCTION app.check_who_asked('requested_by_user_id');
CREATE TRIGGER check_who_asked_again BEFORE UPDATE ON bufdir_reports FOR EACH ROW WHEN (new.requested_by_user_id IS DISTINCT FROM old.requested_by_user_id OR new.status = 'pending'::text AND old.status <> 'pending'::text) EXECUTE FUNCTION app.check_who_asked('requested_by_user_id');
CREATE CONSTRAINT TRIGGER export_audit_required AFTER INSERT OR UPDATE ON bufdir_reports DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_export_audited();
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON bufdir_reports FOR EACH ROW EXECUTE FUNCTION app.notify_change('report', 'id');
CREATE TRIGGER refuse_deletion BEFORE DELETE ON bufdir_reports FOR EACH ROW EXECUTE FUNCTION app.refuse_deletion();
CREATE TRIGGER refuse_erased_year BEFORE INSERT ON bufdir_reports FOR EACH ROW EXECUTE FUNCTION app.refuse_erased_year('reporting_period_start');
CREATE TRIGGER refuse_erased_year_again BEFORE UPDATE ON bufdir_reports FOR EACH ROW WHEN (new.status = 'pending'::text AND old.status <> 'pending'::text) EXECUTE FUNCTION app.refuse_erased_year('reporting_period_start');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON bufdir_reports FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_deletion();
GRANT INSERT, SELECT, UPDATE ON bufdir_reports TO bufdir_app;

CREATE TABLE report_generations (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    report_id uuid NOT NULL,
    number integer NOT NULL,
    format_version text NOT NULL,
    rules_hash bytea NOT NULL,
    report_data jsonb NOT NULL,
    data_hash bytea NOT NULL,
    activity_count integer NOT NULL,
    participant_count integer NOT NULL,
    volunteer_count integer NOT NULL,
    total_hours numeric(12,2) NOT NULL,
    pending_activities integer NOT NULL,
    rejected_activities integer NOT NULL,
    verdict_days jsonb NOT NULL,
    year_before jsonb,
    organization_name text NOT NULL,
    period_name text NOT NULL,
    generated_at timestamp with time zone NOT NULL,
    generated_by_user_id uuid NOT NULL,
    submitted_at timestamp with time zone,
    submitted_by_user_id uuid,
    submitted_by_role text,
    submitted_data_hash bytea,
    submission_reference text,
    CONSTRAINT report_generations_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT generation_number_positive CHECK (number > 0),
    CONSTRAINT submission_is_complete CHECK ((num_nonnulls(submitted_at, submitted_by_user_id, submitted_by_role, submitted_data_hash) = ANY (ARRAY[0, 4])) AND (submission_reference IS NULL OR submitted_at IS NOT NULL)),
    CONSTRAINT submission_of_the_generated_data CHECK (submitted_data_hash IS NULL OR submitted_data_hash = data_hash),
    CONSTRAINT submission_reference_length CHECK (length(submission_reference) >= 1 AND length(submission_reference) <= 200),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[submission_reference])),
    CONSTRAINT generation_report_in_organization FOREIGN KEY (organization_id, report_id) REFERENCES bufdir_reports(organization_id, id),
    CONSTRAINT report_generations_format_version_fkey FOREIGN KEY (format_version) REFERENCES format_versions(version),
    CONSTRAINT report_generations_generated_by_user_id_fkey FOREIGN KEY (generated_by_user_id) REFERENCES users(id),
    CONSTRAINT report_generations_submitted_by_user_id_fkey FOREIGN KEY (submitted_by_user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX generation_number_unique ON report_generations USING btree (organization_id, report_id, number);
ALTER TABLE report_generations ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_generations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON report_generations FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON report_generations FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON report_generations FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON report_generations FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE TRIGGER check_generation BEFORE INSERT OR DELETE OR UPDATE ON report_generations FOR EACH ROW EXECUTE FUNCTION app.check_generation();
CREATE TRIGGER check_who_asked BEFORE INSERT ON report_generations FOR EACH ROW EXECUTE FUNCTION app.check_who_asked('generated_by_user_id');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON report_generations FOR EACH STATEMENT EXECUTE FUNCTION app.check_generation();
GRANT INSERT, SELECT, UPDATE ON report_generations TO bufdir_app;

CREATE TABLE report_warnings (
    organization_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    code text NOT NULL,
    message_nb text NOT NULL,
    message_en text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    accepted_by_user_id uuid,
    accepted_by_role text,
    CONSTRAINT report_warnings_pkey PRIMARY KEY (organization_id, generation_id, code),
    CONSTRAINT warning_acceptance_is_complete CHECK (num_nonnulls(accepted_at, accepted_by_user_id, accepted_by_role) = ANY (ARRAY[0, 3])),
    CONSTRAINT warning_code_valid CHECK (code = ANY (ARRAY['missing_required_bufdir_fields_warning'::text, 'pending_activities_in_period'::text, 'overlapping_activities'::text, 'co_organised_outside'::text, 'year_on_year_deviation'::text, 'large_anonymous_share'::text, 'period_not_a_calendar_year'::text, 'activities_changed_since_generation'::text, 'test_organization'::text])),
    CONSTRAINT report_warnings_accepted_by_user_id_fkey FOREIGN KEY (accepted_by_user_id) REFERENCES users(id),
    CONSTRAINT warning_generation_in_organization FOREIGN KEY (organization_id, generation_id) REFERENCES report_generations(organization_id, id)
);
ALTER TABLE report_warnings ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_warnings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON report_warnings FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON report_warnings FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_reads ON report_warnings FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON report_warnings FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE TRIGGER check_warning BEFORE DELETE OR UPDATE ON report_warnings FOR EACH ROW EXECUTE FUNCTION app.check_warning();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON report_warnings FOR EACH STATEMENT EXECUTE FUNCTION app.check_warning();
GRANT INSERT, SELECT, UPDATE ON report_warnings TO bufdir_app;

CREATE TABLE frozen_days (
    organization_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    local_date date NOT NULL,
    kind text NOT NULL,
    group_kind text,
    mode text NOT NULL,
    unit_id uuid NOT NULL,
    unit_name text NOT NULL,
    leader_user_id uuid,
    county text,
    starts_at time without time zone,
    minutes integer NOT NULL,
    participants integer NOT NULL,
    anonymous_participants integer NOT NULL,
    verdict text NOT NULL,
    activity_status text NOT NULL,
    content_hash bytea NOT NULL,
    counted_apart boolean DEFAULT false NOT NULL,
    CONSTRAINT frozen_days_pkey PRIMARY KEY (organization_id, generation_id, activity_id, local_date),
    CONSTRAINT counted_apart_for_its_mode CHECK (NOT counted_apart OR verdict = 'MODE_NOT_COUNTED'::text),
    CONSTRAINT only_approved_activities_included CHECK (activity_status = 'approved'::text),
    CONSTRAINT verdict_valid CHECK (verdict = ANY (ARRAY['COUNTED'::text, 'OUTSIDE_NORWAY'::text, 'TYPE_NOT_COUNTED'::text, 'MODE_NOT_COUNTED'::text, 'TOO_SHORT'::text, 'TOO_FEW_PARTICIPANTS'::text, 'NO_APPROVED_LEADER'::text, 'DUPLICATE'::text, 'SAME_DAY_SAME_PARTICIPANTS'::text])),
    CONSTRAINT frozen_generation_in_organization FOREIGN KEY (organization_id, generation_id) REFERENCES report_generations(organization_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX idx_frozen_days_verdict ON frozen_days USING btree (organization_id, generation_id, verdict, local_date, activity_id);
ALTER TABLE frozen_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE frozen_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON frozen_days FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON frozen_days FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON frozen_days FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON frozen_days FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON frozen_days FOR EACH ROW EXECUTE FUNCTION app.refuse_frozen_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON frozen_days FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_frozen_change();
GRANT INSERT, SELECT ON frozen_days TO bufdir_app;

CREATE TABLE frozen_unit_figures (
    organization_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    unit_name text NOT NULL,
    level text NOT NULL,
    parent_id uuid,
    activity_count integer NOT NULL,
    participant_count integer NOT NULL,
    volunteer_count integer NOT NULL,
    total_hours numeric(12,2) NOT NULL,
    figures jsonb NOT NULL,
    CONSTRAINT frozen_unit_figures_pkey PRIMARY KEY (organization_id, generation_id, unit_id),
    CONSTRAINT unit_figures_generation_in_organization FOREIGN KEY (organization_id, generation_id) REFERENCES report_generations(organization_id, id) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE frozen_unit_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE frozen_unit_figures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON frozen_unit_figures FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_inserts ON frozen_unit_figures FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE POLICY tenant_reads ON frozen_unit_figures FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON frozen_unit_figures FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{system}'::text[])));
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON frozen_unit_figures FOR EACH ROW EXECUTE FUNCTION app.refuse_frozen_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON frozen_unit_figures FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_frozen_change();
GRANT INSERT, SELECT ON frozen_unit_figures TO bufdir_app;

CREATE TABLE job_progress (
    organization_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    step text NOT NULL,
    percent smallint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT job_progress_pkey PRIMARY KEY (organization_id, subject_id),
    CONSTRAINT progress_percent_valid CHECK (percent >= 0 AND percent <= 100),
    CONSTRAINT job_progress_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
ALTER TABLE job_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_progress FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON job_progress FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON job_progress FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_reads ON job_progress FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON job_progress FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON job_progress FOR EACH ROW EXECUTE FUNCTION app.notify_change('progress', 'subject_id');
GRANT DELETE, INSERT, SELECT, UPDATE ON job_progress TO bufdir_app;

CREATE TABLE files (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    storage_key text NOT NULL,
    renderer_version text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    download_count bigint DEFAULT 0 NOT NULL,
    last_downloaded_at timestamp with time zone,
    last_downloaded_by_user_id uuid,
    of_audit_log boolean DEFAULT false NOT NULL,
    of_ledger boolean DEFAULT false NOT NULL,
    CONSTRAINT files_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT download_count_non_negative CHECK (download_count >= 0),
    CONSTRAINT file_checksum_format CHECK (length(sha256) = 32),
    CONSTRAINT file_size_bytes_non_negative CHECK (size_bytes >= 0),
    CONSTRAINT file_url_max_length CHECK (length(storage_key) <= 2048),
    CONSTRAINT files_last_downloaded_by_user_id_fkey FOREIGN KEY (last_downloaded_by_user_id) REFERENCES users(id),
    CONSTRAINT files_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_files_are_for_keepers_of_the_ledger ON files AS RESTRICTIVE
    USING (organization_id = app.organization_id() AND (NOT of_ledger OR ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[]))));
CREATE POLICY log_files_are_for_readers_of_the_log ON files AS RESTRICTIVE
    USING (organization_id = app.organization_id() AND (NOT of_audit_log OR ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[]))));
CREATE POLICY tenant_deletes ON files FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_inserts ON files FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE POLICY tenant_reads ON files FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON files FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE TRIGGER check_file BEFORE DELETE OR UPDATE ON files FOR EACH ROW EXECUTE FUNCTION app.check_file();
CREATE TRIGGER count_ledger_download AFTER UPDATE OF download_count ON files FOR EACH ROW WHEN (new.download_count > old.download_count) EXECUTE FUNCTION app.count_ledger_download();
CREATE CONSTRAINT TRIGGER log_export_audited AFTER INSERT ON files DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.of_audit_log) EXECUTE FUNCTION app.check_log_export_audited();
CREATE TRIGGER mark_ledger_file BEFORE INSERT ON files FOR EACH ROW EXECUTE FUNCTION app.mark_ledger_file();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON files FOR EACH STATEMENT EXECUTE FUNCTION app.check_file();
GRANT INSERT, SELECT, UPDATE ON files TO bufdir_app;

CREATE TABLE bufdir_export_audit_log (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    triggered_by_user_id uuid NOT NULL,
    report_period_id uuid NOT NULL,
    status text NOT NULL,
    export_format text NOT NULL,
    scope_level text NOT NULL,
    scope_id uuid,
    file_url text,
    file_size_bytes bigint,
    activity_count integer,
    participant_count integer,
    bufdir_submission_reference text,
    error_message text,
    error_code text,
    column_schema_version text,
    created_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    origin text NOT NULL,
    report_id uuid,
    report_generation_id uuid,
    language text NOT NULL,
    support_access_id uuid,
    file_id uuid,
    CONSTRAINT bufdir_export_audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT activity_count_non_negative CHECK (activity_count >= 0),
    CONSTRAINT complete_export_has_its_file CHECK (status <> 'complete'::text OR num_nonnulls(file_url, file_size_bytes, file_id, activity_count, participant_count) = 5),
    CONSTRAINT completed_at_not_before_created_at CHECK (completed_at >= created_at),
    CONSTRAINT completed_at_set_on_terminal_status CHECK ((status = 'pending'::text) = (completed_at IS NULL)),
    CONSTRAINT error_code_max_length CHECK (length(error_code) <= 64),
    CONSTRAINT error_fields_require_failed_status CHECK (status = 'failed'::text OR error_message IS NULL AND error_code IS NULL),
    CONSTRAINT export_format_is_valid_enum CHECK (app.is_export_format(export_format)),
    CONSTRAINT export_id_carries_its_time CHECK (app.uuid_millis(id) = floor(EXTRACT(epoch FROM created_at) * 1000::numeric)::bigint),
    CONSTRAINT export_language_valid CHECK (language = ANY (ARRAY['nb'::text, 'en'::text])),
    CONSTRAINT export_origin_valid CHECK (origin = ANY (ARRAY['report'::text, 'ledger'::text])),
    CONSTRAINT export_status_is_valid_enum CHECK (status = ANY (ARRAY['pending'::text, 'complete'::text, 'failed'::text])),
    CONSTRAINT failed_export_requires_error_message CHECK (status <> 'failed'::text OR error_code IS NOT NULL AND error_message IS NOT NULL AND btrim(error_message) <> ''::text),
    CONSTRAINT file_size_bytes_non_negative CHECK (file_size_bytes >= 0),
    CONSTRAINT file_url_max_length CHECK (length(file_url) <= 2048),
    CONSTRAINT file_url_requires_complete_status CHECK (status = 'complete'::text OR file_url IS NULL AND file_size_bytes IS NULL AND file_id IS NULL),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT participant_count_non_negative CHECK (participant_count >= 0),
    CONSTRAINT report_export_names_its_generation CHECK (num_nonnulls(report_id, report_generation_id) =
CASE origin
    WHEN 'report'::text THEN 2
    ELSE 0
END),
    CONSTRAINT scope_id_required_for_non_national CHECK ((scope_level = 'national'::text) = (scope_id IS NULL)),
    CONSTRAINT scope_level_is_valid_enum CHECK (scope_level = ANY (ARRAY['national'::text, 'region'::text, 'local'::text])),
    CONSTRAINT submission_reference_length CHECK (length(bufdir_submission_reference) >= 1 AND length(bufdir_submission_reference) <= 200),
    CONSTRAINT bufdir_export_audit_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT bufdir_export_audit_log_triggered_by_user_id_fkey FOREIGN KEY (triggered_by_user_id) REFERENCES users(id),
    CONSTRAINT export_file_in_organization FOREIGN KEY (organization_id, file_id) REFERENCES files(organization_id, id),
    CONSTRAINT export_format_version_known FOREIGN KEY (column_schema_version) REFERENCES format_versions(version),
    CONSTRAINT export_generation_in_organization FOREIGN KEY (organization_id, report_generation_id) REFERENCES report_generations(organization_id, id),
    CONSTRAINT export_report_in_organization FOREIGN KEY (organization_id, report_id) REFERENCES bufdir_reports(organization_id, id),
    CONSTRAINT export_support_grant_in_organization FOREIGN KEY (organization_id, support_access_id) REFERENCES support_access(organization_id, id),
    CONSTRAINT report_period_must_belong_to_organization FOREIGN KEY (organization_id, report_period_id) REFERENCES report_periods(organization_id, id),
    CONSTRAINT scope_unit_in_organization FOREIGN KEY (organization_id, scope_id) REFERENCES organizational_units(organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX idx_bufdir_export_audit_log_created_at ON ONLY bufdir_export_audit_log USING btree (created_at);
CREATE INDEX idx_bufdir_export_audit_log_org_created ON ONLY bufdir_export_audit_log USING btree (organization_id, created_at);
CREATE INDEX idx_bufdir_export_audit_log_org_status ON ONLY bufdir_export_audit_log USING btree (organization_id, status);
CREATE INDEX idx_bufdir_export_audit_log_report_period ON ONLY bufdir_export_audit_log USING btree (organization_id, report_period_id);
CREATE INDEX idx_bufdir_export_audit_log_triggered_by ON ONLY bufdir_export_audit_log USING btree (triggered_by_user_id);
ALTER TABLE bufdir_export_audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE bufdir_export_audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY organization_scoped_access ON bufdir_export_audit_log FOR SELECT
    USING (organization_id = app.organization_id() AND ((app.role() = ANY (ARRAY['org_admin'::text, 'support'::text, 'system'::text])) OR app.role() = 'coordinator'::text AND origin = 'report'::text));
CREATE POLICY tenant_inserts ON bufdir_export_audit_log FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ((app.role() = ANY (ARRAY['org_admin'::text, 'system'::text])) OR app.role() = 'coordinator'::text AND origin = 'report'::text OR app.role() = 'support'::text AND origin = 'ledger'::text));
CREATE POLICY tenant_updates ON bufdir_export_audit_log FOR UPDATE
    USING (organization_id = app.organization_id() AND ((app.role() = ANY (ARRAY['org_admin'::text, 'system'::text])) OR app.role() = 'coordinator'::text AND origin = 'report'::text));
CREATE TRIGGER check_export_change BEFORE UPDATE ON bufdir_export_audit_log FOR EACH ROW EXECUTE FUNCTION app.check_export_change();
CREATE TRIGGER check_new_export BEFORE INSERT ON bufdir_export_audit_log FOR EACH ROW EXECUTE FUNCTION app.check_new_export();
CREATE TRIGGER check_who_asked BEFORE INSERT ON bufdir_export_audit_log FOR EACH ROW EXECUTE FUNCTION app.check_who_asked('triggered_by_user_id');
CREATE TRIGGER end_pending_export AFTER UPDATE ON bufdir_export_audit_log FOR EACH ROW WHEN (old.status = 'pending'::text AND new.status <> 'pending'::text) EXECUTE FUNCTION app.keep_pending_export();
CREATE TRIGGER keep_pending_export AFTER INSERT ON bufdir_export_audit_log FOR EACH ROW WHEN (new.origin = 'report'::text) EXECUTE FUNCTION app.keep_pending_export();
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON bufdir_export_audit_log FOR EACH ROW EXECUTE FUNCTION app.notify_change('export', 'id');
CREATE TRIGGER refuse_change BEFORE DELETE OR TRUNCATE ON bufdir_export_audit_log FOR EACH STATEMENT EXECUTE FUNCTION app.check_export_change();
GRANT INSERT, SELECT, UPDATE ON bufdir_export_audit_log TO bufdir_app;
CREATE TABLE bufdir_export_audit_log_2015 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('014aa2ca-b000-0000-0000-000000000000') TO ('0151fa7b-dc00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2016 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('0151fa7b-dc00-0000-0000-000000000000') TO ('01595753-6400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2017 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01595753-6400-0000-0000-000000000000') TO ('0160af04-9000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2018 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('0160af04-9000-0000-0000-000000000000') TO ('016806b5-bc00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2019 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('016806b5-bc00-0000-0000-000000000000') TO ('016f5e66-e800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2020 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('016f5e66-e800-0000-0000-000000000000') TO ('0176bb3e-7000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2021 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('0176bb3e-7000-0000-0000-000000000000') TO ('017e12ef-9c00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2022 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('017e12ef-9c00-0000-0000-000000000000') TO ('01856aa0-c800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2023 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01856aa0-c800-0000-0000-000000000000') TO ('018cc251-f400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2024 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('018cc251-f400-0000-0000-000000000000') TO ('01941f29-7c00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2025 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01941f29-7c00-0000-0000-000000000000') TO ('019b76da-a800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2026 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('019b76da-a800-0000-0000-000000000000') TO ('01a2ce8b-d400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2027 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01a2ce8b-d400-0000-0000-000000000000') TO ('01aa263d-0000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2028 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01aa263d-0000-0000-0000-000000000000') TO ('01b18314-8800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2029 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01b18314-8800-0000-0000-000000000000') TO ('01b8dac5-b400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2030 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01b8dac5-b400-0000-0000-000000000000') TO ('01c03276-e000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2031 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01c03276-e000-0000-0000-000000000000') TO ('01c78a28-0c00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2032 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01c78a28-0c00-0000-0000-000000000000') TO ('01cee6ff-9400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2033 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01cee6ff-9400-0000-0000-000000000000') TO ('01d63eb0-c000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2034 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01d63eb0-c000-0000-0000-000000000000') TO ('01dd9661-ec00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2035 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01dd9661-ec00-0000-0000-000000000000') TO ('01e4ee13-1800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2036 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01e4ee13-1800-0000-0000-000000000000') TO ('01ec4aea-a000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2037 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01ec4aea-a000-0000-0000-000000000000') TO ('01f3a29b-cc00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2038 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01f3a29b-cc00-0000-0000-000000000000') TO ('01fafa4c-f800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2039 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('01fafa4c-f800-0000-0000-000000000000') TO ('020251fe-2400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2040 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('020251fe-2400-0000-0000-000000000000') TO ('0209aed5-ac00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2041 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('0209aed5-ac00-0000-0000-000000000000') TO ('02110686-d800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2042 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('02110686-d800-0000-0000-000000000000') TO ('02185e38-0400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2043 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('02185e38-0400-0000-0000-000000000000') TO ('021fb5e9-3000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2044 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('021fb5e9-3000-0000-0000-000000000000') TO ('022712c0-b800-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2045 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('022712c0-b800-0000-0000-000000000000') TO ('022e6a71-e400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2046 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('022e6a71-e400-0000-0000-000000000000') TO ('0235c223-1000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2047 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('0235c223-1000-0000-0000-000000000000') TO ('023d19d4-3c00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2048 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('023d19d4-3c00-0000-0000-000000000000') TO ('024476ab-c400-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2049 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('024476ab-c400-0000-0000-000000000000') TO ('024bce5c-f000-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_2050 PARTITION OF bufdir_export_audit_log FOR VALUES FROM ('024bce5c-f000-0000-0000-000000000000') TO ('0253260e-1c00-0000-0000-000000000000');
CREATE TABLE bufdir_export_audit_log_default PARTITION OF bufdir_export_audit_log DEFAULT;
-- On each PARTITION from bufdir_export_audit_log_2015 to bufdir_export_audit_log_2050:
ALTER TABLE PARTITION ENABLE ROW LEVEL SECURITY;
ALTER TABLE PARTITION FORCE ROW LEVEL SECURITY;
CREATE TRIGGER refuse_change BEFORE DELETE OR TRUNCATE ON PARTITION FOR EACH STATEMENT EXECUTE FUNCTION app.check_export_change();
-- On each PARTITION from bufdir_export_audit_log_default to bufdir_export_audit_log_default:
ALTER TABLE PARTITION ENABLE ROW LEVEL SECURITY;
ALTER TABLE PARTITION FORCE ROW LEVEL SECURITY;
CREATE POLICY default_is_watched ON PARTITION FOR SELECT TO bufdir_definer
    USING (true);
CREATE TRIGGER refuse_change BEFORE DELETE OR TRUNCATE ON PARTITION FOR EACH STATEMENT EXECUTE FUNCTION app.check_export_change();
GRANT SELECT ON PARTITION TO bufdir_definer;

CREATE TABLE pending_exports (
    organization_id uuid NOT NULL,
    export_id uuid NOT NULL,
    report_id uuid NOT NULL,
    scope_level text NOT NULL,
    scope_id uuid,
    export_format text NOT NULL,
    CONSTRAINT pending_exports_pkey PRIMARY KEY (organization_id, export_id),
    CONSTRAINT pending_exports_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE UNIQUE INDEX one_pending_export ON pending_exports USING btree (organization_id, report_id, scope_level, scope_id, export_format) NULLS NOT DISTINCT;
ALTER TABLE pending_exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE pending_exports FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON pending_exports FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_inserts ON pending_exports FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE POLICY tenant_reads ON pending_exports FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON pending_exports FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,system}'::text[])));
CREATE CONSTRAINT TRIGGER pending_export_has_its_record AFTER INSERT OR DELETE OR UPDATE ON pending_exports DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_pending_export();
GRANT DELETE, INSERT, SELECT ON pending_exports TO bufdir_app;

CREATE TABLE bufdir_exports (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    generated_by_user_id uuid NOT NULL,
    report_period_start timestamp with time zone NOT NULL,
    report_period_end timestamp with time zone NOT NULL,
    status text NOT NULL,
    export_format text NOT NULL,
    schema_version text NOT NULL,
    activity_count integer,
    file_path text,
    file_size_bytes bigint,
    file_checksum text,
    download_count integer DEFAULT 0 NOT NULL,
    last_downloaded_at timestamp with time zone,
    last_downloaded_by_user_id uuid,
    error_message text,
    metadata jsonb,
    generated_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    report_period_id uuid NOT NULL,
    follows_export_id uuid,
    CONSTRAINT bufdir_exports_pkey PRIMARY KEY (id),
    CONSTRAINT activity_count_non_negative CHECK (activity_count >= 0),
    CONSTRAINT download_count_non_negative CHECK (download_count >= 0),
    CONSTRAINT error_fields_require_failed_status CHECK (status = 'failed'::text OR error_message IS NULL),
    CONSTRAINT failed_export_requires_error_message CHECK (status <> 'failed'::text OR error_message IS NOT NULL AND btrim(error_message) <> ''::text),
    CONSTRAINT file_checksum_format CHECK (file_checksum ~ '^[0-9a-f]{64}$'::text),
    CONSTRAINT file_path_required_on_complete CHECK (status <> 'completed'::text OR btrim(file_path) <> ''::text AND num_nonnulls(file_path, file_size_bytes, file_checksum, activity_count, completed_at) = 5),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT ledger_file_requires_completed_status CHECK (status = 'completed'::text OR num_nonnulls(file_path, file_size_bytes, file_checksum, activity_count, completed_at, last_downloaded_at) = 0),
    CONSTRAINT ledger_status_is_valid_enum CHECK (status = ANY (ARRAY['pending'::text, 'generating'::text, 'completed'::text, 'failed'::text])),
    CONSTRAINT period_start_before_end CHECK (report_period_start < report_period_end),
    CONSTRAINT schema_version_non_empty CHECK (btrim(schema_version) <> ''::text),
    CONSTRAINT valid_export_format CHECK (app.is_export_format(export_format)),
    CONSTRAINT bufdir_exports_generated_by_user_id_fkey FOREIGN KEY (generated_by_user_id) REFERENCES users(id),
    CONSTRAINT bufdir_exports_last_downloaded_by_user_id_fkey FOREIGN KEY (last_downloaded_by_user_id) REFERENCES users(id),
    CONSTRAINT bufdir_exports_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT ledger_follows_in_organization FOREIGN KEY (organization_id, follows_export_id) REFERENCES bufdir_exports(organization_id, id),
    CONSTRAINT ledger_schema_version_known FOREIGN KEY (schema_version) REFERENCES format_versions(version),
    CONSTRAINT report_period_keeps_its_dates FOREIGN KEY (organization_id, report_period_id, report_period_start, report_period_end) REFERENCES report_periods(organization_id, id, starts_at, ends_at)
);
CREATE UNIQUE INDEX bufdir_exports_org_id ON bufdir_exports USING btree (organization_id, id);
CREATE INDEX idx_bufdir_exports_generated_at ON bufdir_exports USING btree (generated_at);
CREATE INDEX idx_bufdir_exports_generated_by ON bufdir_exports USING btree (generated_by_user_id);
CREATE INDEX idx_bufdir_exports_organization_id ON bufdir_exports USING btree (organization_id);
CREATE INDEX idx_bufdir_exports_organization_period ON bufdir_exports USING btree (organization_id, report_period_start, report_period_end);
CREATE INDEX idx_bufdir_exports_status ON bufdir_exports USING btree (status);
ALTER TABLE bufdir_exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE bufdir_exports FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_deletes ON bufdir_exports FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE POLICY tenant_inserts ON bufdir_exports FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support}'::text[])));
CREATE POLICY tenant_reads ON bufdir_exports FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON bufdir_exports FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE TRIGGER check_ledger_export BEFORE INSERT OR DELETE OR UPDATE ON bufdir_exports FOR EACH ROW EXECUTE FUNCTION app.check_ledger_export();
CREATE CONSTRAINT TRIGGER download_audit_required AFTER UPDATE ON bufdir_exports DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_download_audited();
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON bufdir_exports FOR EACH ROW EXECUTE FUNCTION app.notify_change('export', 'id');
CREATE TRIGGER refuse_erased_year BEFORE INSERT ON bufdir_exports FOR EACH ROW EXECUTE FUNCTION app.refuse_erased_year('report_period_start');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON bufdir_exports FOR EACH STATEMENT EXECUTE FUNCTION app.check_ledger_export();
GRANT INSERT, SELECT, UPDATE ON bufdir_exports TO bufdir_app;

CREATE TABLE custom_reports (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by_user_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    report_type text NOT NULL,
    filters jsonb,
    groupings jsonb,
    columns jsonb NOT NULL,
    output_format text NOT NULL,
    date_range_type text NOT NULL,
    date_from timestamp with time zone,
    date_to timestamp with time zone,
    is_scheduled boolean DEFAULT false NOT NULL,
    schedule_cron text,
    last_run_at timestamp with time zone,
    last_run_status text,
    last_run_row_count integer,
    last_output_file_url text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    language text DEFAULT 'nb'::text NOT NULL,
    created_under_support_access_id uuid,
    next_run_at timestamp with time zone,
    schedule_failures integer DEFAULT 0 NOT NULL,
    schedule_disabled_reason text,
    CONSTRAINT custom_reports_pkey PRIMARY KEY (id),
    CONSTRAINT columns_not_empty CHECK (
CASE
    WHEN jsonb_typeof(columns) = 'array'::text THEN jsonb_array_length(columns) > 0
    ELSE false
END),
    CONSTRAINT cron_requires_schedule CHECK (is_scheduled OR schedule_cron IS NULL OR schedule_disabled_reason IS NOT NULL),
    CONSTRAINT custom_report_description_length CHECK (length(description) <= 5000),
    CONSTRAINT custom_report_name_length CHECK (length(name) <= 200),
    CONSTRAINT disabled_schedule_is_off CHECK (schedule_disabled_reason IS NULL OR NOT is_scheduled AND schedule_disabled_reason ~ '\S'::text),
    CONSTRAINT export_language_valid CHECK (language = ANY (ARRAY['nb'::text, 'en'::text])),
    CONSTRAINT file_url_max_length CHECK (length(last_output_file_url) <= 2048),
    CONSTRAINT filters_valid_json CHECK (filters IS NOT NULL AND jsonb_typeof(filters) = 'object'::text AND COALESCE(filters ->> 'version'::text, ''::text) ~ '^[1-9][0-9]{0,3}$'::text),
    CONSTRAINT fixed_range_is_whole_days CHECK (date_from = app.day_start((date_from AT TIME ZONE 'Europe/Oslo'::text)::date) AND date_to = app.day_end((date_to AT TIME ZONE 'Europe/Oslo'::text)::date)),
    CONSTRAINT fixed_range_requires_dates CHECK (
CASE
    WHEN date_range_type = 'fixed'::text THEN COALESCE(date_from < date_to, false)
    ELSE num_nonnulls(date_from, date_to) = 0
END),
    CONSTRAINT groupings_are_an_array CHECK (jsonb_typeof(groupings) = 'array'::text),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT last_run_is_complete CHECK ((last_run_at IS NULL) = (last_run_status IS NULL) AND (last_run_at IS NOT NULL OR num_nonnulls(last_run_row_count, last_output_file_url) = 0)),
    CONSTRAINT last_run_row_count_non_negative CHECK (last_run_row_count >= 0),
    CONSTRAINT name_not_empty CHECK (name ~ '\S'::text),
    CONSTRAINT next_run_exactly_of_schedules CHECK ((next_run_at IS NOT NULL) = (is_scheduled AND is_active)),
    CONSTRAINT schedule_failures_non_negative CHECK (schedule_failures >= 0),
    CONSTRAINT schedule_requires_cron CHECK (NOT is_scheduled OR schedule_cron IS NOT NULL),
    CONSTRAINT text_without_control_characters CHECK (app.is_typed_text(VARIADIC ARRAY[name, description]) AND app.is_typed_document(filters) AND app.is_typed_document(groupings) AND app.is_typed_document(columns)),
    CONSTRAINT valid_date_range_type CHECK (date_range_type = ANY (ARRAY['fixed'::text, 'last_7_days'::text, 'last_30_days'::text, 'last_month'::text, 'last_quarter'::text, 'last_year'::text, 'month_to_date'::text, 'year_to_date'::text])),
    CONSTRAINT valid_last_run_status CHECK (last_run_status = ANY (ARRAY['pending'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])),
    CONSTRAINT valid_output_format CHECK (app.is_custom_output_format(output_format)),
    CONSTRAINT valid_report_type CHECK (report_type = ANY (ARRAY['activities'::text, 'peer_mentors'::text, 'participants'::text, 'units'::text])),
    CONSTRAINT custom_report_support_grant_in_organization FOREIGN KEY (organization_id, created_under_support_access_id) REFERENCES support_access(organization_id, id),
    CONSTRAINT custom_reports_created_by_user_id_fkey FOREIGN KEY (created_by_user_id) REFERENCES users(id),
    CONSTRAINT custom_reports_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE UNIQUE INDEX custom_reports_org_id ON custom_reports USING btree (organization_id, id);
CREATE INDEX idx_custom_reports_created_by ON custom_reports USING btree (created_by_user_id);
CREATE INDEX idx_custom_reports_org_active ON custom_reports USING btree (organization_id, is_active);
CREATE INDEX idx_custom_reports_organization_id ON custom_reports USING btree (organization_id);
CREATE INDEX idx_custom_reports_scheduled ON custom_reports USING btree (is_scheduled, is_active);
ALTER TABLE custom_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE custom_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY due_is_watched ON custom_reports FOR SELECT TO bufdir_definer
    USING (is_scheduled AND is_active);
CREATE POLICY org_scoped_access ON custom_reports FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_deletes ON custom_reports FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE POLICY tenant_inserts ON custom_reports FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support}'::text[])));
CREATE POLICY tenant_updates ON custom_reports FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{org_admin,support,system}'::text[])));
CREATE TRIGGER check_custom_report BEFORE INSERT OR DELETE OR UPDATE ON custom_reports FOR EACH ROW EXECUTE FUNCTION app.check_custom_report();
CREATE TRIGGER check_custom_report_owner BEFORE INSERT ON custom_reports FOR EACH ROW EXECUTE FUNCTION app.check_custom_report_owner();
CREATE TRIGGER check_new_schedule_cron BEFORE INSERT ON custom_reports FOR EACH ROW WHEN (new.schedule_cron IS NOT NULL) EXECUTE FUNCTION app.check_schedule_cron();
CREATE TRIGGER check_schedule_cron BEFORE UPDATE ON custom_reports FOR EACH ROW WHEN (new.schedule_cron IS DISTINCT FROM old.schedule_cron OR new.is_scheduled AND NOT old.is_scheduled) EXECUTE FUNCTION app.check_schedule_cron();
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON custom_reports FOR EACH ROW EXECUTE FUNCTION app.notify_change('custom_report', 'id');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON custom_reports FOR EACH STATEMENT EXECUTE FUNCTION app.check_custom_report();
GRANT INSERT, SELECT, UPDATE ON custom_reports TO bufdir_app;
GRANT SELECT (id, organization_id, is_scheduled, is_active, next_run_at) ON custom_reports TO bufdir_definer;

CREATE TABLE custom_report_runs (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    custom_report_id uuid NOT NULL,
    requested_by_user_id uuid NOT NULL,
    support_access_id uuid,
    trigger text NOT NULL,
    due_at timestamp with time zone,
    status text NOT NULL,
    output_format text NOT NULL,
    language text NOT NULL,
    date_from date NOT NULL,
    date_to date NOT NULL,
    definition jsonb NOT NULL,
    rows_so_far integer DEFAULT 0 NOT NULL,
    row_count integer,
    file_id uuid,
    control_totals jsonb,
    error_code text,
    error_message text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    cancel_requested_by_user_id uuid,
    CONSTRAINT custom_report_runs_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT error_code_max_length CHECK (length(error_code) <= 64),
    CONSTRAINT error_fields_require_failed_status CHECK (status = 'failed'::text OR error_message IS NULL AND error_code IS NULL),
    CONSTRAINT export_language_valid CHECK (language = ANY (ARRAY['nb'::text, 'en'::text])),
    CONSTRAINT failed_run_has_its_error CHECK (status <> 'failed'::text OR error_code IS NOT NULL AND COALESCE(error_message, ''::text) ~ '\S'::text),
    CONSTRAINT id_is_valid_uuid CHECK (app.is_uuid_v7(id)),
    CONSTRAINT run_cancellation_complete CHECK ((cancel_requested_at IS NULL) = (cancel_requested_by_user_id IS NULL) AND (status <> 'cancelled'::text OR cancel_requested_at IS NOT NULL)),
    CONSTRAINT run_dates_in_order CHECK (date_from <= date_to),
    CONSTRAINT run_definition_is_an_object CHECK (jsonb_typeof(definition) = 'object'::text),
    CONSTRAINT run_due_at_of_schedules CHECK ((trigger = 'schedule'::text) = (due_at IS NOT NULL)),
    CONSTRAINT run_end_set_on_terminal_status CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text])) = (completed_at IS NULL)),
    CONSTRAINT run_result_requires_success CHECK (status = 'succeeded'::text OR num_nonnulls(file_id, row_count, control_totals) = 0),
    CONSTRAINT run_rows_non_negative CHECK (rows_so_far >= 0 AND row_count >= 0),
    CONSTRAINT run_start_set_when_running CHECK (
CASE status
    WHEN 'pending'::text THEN started_at IS NULL
    WHEN 'running'::text THEN started_at IS NOT NULL
    WHEN 'succeeded'::text THEN started_at IS NOT NULL
    ELSE true
END),
    CONSTRAINT run_status_valid CHECK (status = ANY (ARRAY['pending'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])),
    CONSTRAINT run_times_in_order CHECK (started_at >= created_at AND completed_at >= COALESCE(started_at, created_at)),
    CONSTRAINT run_trigger_valid CHECK (trigger = ANY (ARRAY['manual'::text, 'schedule'::text])),
    CONSTRAINT succeeded_run_has_its_file CHECK (status <> 'succeeded'::text OR num_nonnulls(file_id, row_count, control_totals) = 3),
    CONSTRAINT valid_output_format CHECK (app.is_custom_output_format(output_format)),
    CONSTRAINT custom_report_runs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT custom_report_runs_requested_by_user_id_fkey FOREIGN KEY (requested_by_user_id) REFERENCES users(id),
    CONSTRAINT run_cancelled_by_somebody FOREIGN KEY (cancel_requested_by_user_id) REFERENCES users(id),
    CONSTRAINT run_file_in_organization FOREIGN KEY (organization_id, file_id) REFERENCES files(organization_id, id),
    CONSTRAINT run_report_in_organization FOREIGN KEY (organization_id, custom_report_id) REFERENCES custom_reports(organization_id, id),
    CONSTRAINT run_support_grant_in_organization FOREIGN KEY (organization_id, support_access_id) REFERENCES support_access(organization_id, id)
);
CREATE INDEX idx_custom_report_runs_report ON custom_report_runs USING btree (organization_id, custom_report_id, created_at);
CREATE UNIQUE INDEX one_run_per_due_time ON custom_report_runs USING btree (organization_id, custom_report_id, due_at);
ALTER TABLE custom_report_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE custom_report_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY org_scoped_access ON custom_report_runs FOR SELECT
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_deletes ON custom_report_runs FOR DELETE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_inserts ON custom_report_runs FOR INSERT
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE POLICY tenant_updates ON custom_report_runs FOR UPDATE
    USING (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])))
    WITH CHECK (organization_id = app.organization_id() AND ( SELECT app.role() = ANY ('{coordinator,org_admin,support,system}'::text[])));
CREATE TRIGGER check_custom_report_run BEFORE INSERT OR DELETE OR UPDATE ON custom_report_runs FOR EACH ROW EXECUTE FUNCTION app.check_custom_report_run();
CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON custom_report_runs FOR EACH ROW EXECUTE FUNCTION app.notify_change('custom_report_run', 'id');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON custom_report_runs FOR EACH STATEMENT EXECUTE FUNCTION app.check_custom_report_run();
GRANT INSERT, SELECT, UPDATE ON custom_report_runs TO bufdir_app;

CREATE OR REPLACE FUNCTION app.add_format_version(document jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    first_year constant integer := document #>> '{basis_years,from}';
    last_year constant integer := document #>> '{basis_years,to}';
begin
    update format_versions set basis_years = int4range(lower(basis_years), first_year)
    where upper_inf(basis_years) and lower(basis_years) < first_year;
    insert into format_versions (version, basis_years, fields, rules)
    values (document ->> 'version', int4range(first_year, last_year, '[]'), document -> 'fields', document -> 'rules');
end
$function$;
REVOKE ALL ON FUNCTION app.add_format_version(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.attribute_audit_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    entered_as text := app.role();
begin
    if (new.actor_user_id, new.support_access_id) is distinct from (app.user_id(), app.support_access_id()) then
        perform app.refuse('audit_actor_is_who_entered');
    end if;
    if entered_as is null then
        return new;
    end if;
    if (new.actor_kind = 'support') <> (entered_as = 'support')
        or (new.actor_kind = 'user') <> (entered_as not in ('support', 'system')) then
        perform app.refuse('audit_actor_is_who_entered', 'An entry says in which capacity somebody entered.');
    end if;
    new.actor_name := coalesce((select u.name from users u where u.id = new.actor_user_id), new.actor_kind);
    new.actor_role := case when entered_as <> 'system' then entered_as else (
        select m.role from users u join memberships m on m.organization_id = app.organization_id() and m.user_id = u.id
        where u.id = new.actor_user_id and u.is_active and m.is_active) end;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.audit_canonical(entry audit_logs)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT app.canonical_json(jsonb_build_object('version', 1, 'id', (entry).id, 'organization_id', (entry).organization_id, 'sequence', (entry).sequence, 'created_at', to_char(((entry).created_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text), 'actor', jsonb_build_object('kind', (entry).actor_kind, 'user_id', (entry).actor_user_id, 'name', (entry).actor_name, 'role', (entry).actor_role, 'support_access_id', (entry).support_access_id), 'action', (entry).action, 'subject', jsonb_build_object('type', (entry).subject_type, 'id', (entry).subject_id), 'report_id', (entry).report_id, 'message', (entry).message, 'details', (entry).details, 'previous_hash', encode((entry).previous_hash, 'hex'::text))) AS canonical_json;
END;

CREATE OR REPLACE FUNCTION app.audit_hash(entry audit_logs)
 RETURNS bytea
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT sha256(convert_to(app.audit_canonical(entry), 'UTF8'::name)) AS sha256;
END;

CREATE OR REPLACE FUNCTION app.audit_head(OUT last_sequence bigint, OUT last_hash bytea)
 RETURNS record
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ select sequence, hash from public.audit_heads where organization_id = app.organization_id() $function$;
ALTER FUNCTION app.audit_head() OWNER TO bufdir_definer;

CREATE OR REPLACE FUNCTION app.canonical_json(value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    case jsonb_typeof(value)
        when 'object' then
            return '{' || coalesce((
                select string_agg(to_json(key)::text || ':' || app.canonical_json(item), ',' order by key collate "C")
                from jsonb_each(value) as pair (key, item)), '') || '}';
        when 'array' then
            return '[' || coalesce((
                select string_agg(app.canonical_json(item), ',' order by position)
                from jsonb_array_elements(value) with ordinality as element (item, position)), '') || ']';
        when 'string' then
            return to_json(value #>> '{}')::text;
        when 'number' then
            if value::text !~ '^(0|-?[1-9][0-9]{0,14})$' then
                perform app.refuse('canonical_numbers_are_integers');
            end if;
            return value::text;
        else
            return coalesce(value::text, 'null');
    end case;
end
$function$;

CREATE OR REPLACE FUNCTION app.chain_audit_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    insert into public.audit_heads as head (organization_id, sequence, hash)
    values (new.organization_id, 1, '')
    on conflict (organization_id) do update set sequence = head.sequence + 1
    returning head.sequence, head.hash into new.sequence, new.previous_hash;
    if new.sequence = 1 then
        new.previous_hash := decode(repeat('00', 32), 'hex');
    end if;
    new.hash := app.audit_hash(new);
    update public.audit_heads set hash = new.hash where organization_id = new.organization_id;
    return new;
end
$function$;
ALTER FUNCTION app.chain_audit_entry() OWNER TO bufdir_definer;
REVOKE ALL ON FUNCTION app.chain_audit_entry() FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.check_custom_report()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    -- What runs and schedules leave on the definition; all else is somebody's decision.
    results constant text[] := '{last_run_at,last_run_status,last_run_row_count,last_output_file_url}';
    states constant text[] := results || '{is_scheduled,schedule_failures,schedule_disabled_reason,next_run_at}'::text[];
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('custom_report_never_deleted');
    end if;
    -- A null column would otherwise be refused namelessly.
    if new.name is null then
        perform app.refuse('name_not_empty');
    end if;
    if new.columns is null then
        perform app.refuse('columns_not_empty');
    end if;
    if new.output_format is null then
        perform app.refuse('valid_output_format', 'A custom report has an output format.');
    end if;
    if tg_op = 'INSERT' then
        if app.role() is null or app.role() not in ('org_admin', 'support')
            or (new.created_by_user_id, new.created_under_support_access_id)
                is distinct from (app.user_id(), app.support_access_id()) then
            perform app.refuse('org_admin_only_create');
        end if;
        if num_nonnulls(new.last_run_at, new.schedule_disabled_reason) > 0 or new.schedule_failures <> 0 then
            perform app.refuse('run_result_written_by_worker', 'A new custom report has not run.');
        end if;
        new.created_at := app.now();
        new.updated_at := app.now();
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if (new.id, new.organization_id, new.created_at) is distinct from (old.id, old.organization_id, old.created_at) then
        perform app.refuse('custom_report_identity_immutable', 'A custom report keeps its id and organization.');
    end if;
    if app.role() = 'system' then
        if (row_after - states) <> (row_before - states) or (new.is_scheduled and not old.is_scheduled) then
            perform app.refuse('org_admin_only_create', 'A worker records results and changes no definition.');
        end if;
        return new;
    end if;
    if app.role() is null or app.role() not in ('org_admin', 'support') then
        perform app.refuse('org_admin_only_create', 'Only org admins and support change custom reports.');
    end if;
    if exists (select from unnest(results) as name where row_after -> name is distinct from row_before -> name)
        or new.schedule_failures not in (0, old.schedule_failures)
        or coalesce(new.schedule_disabled_reason, old.schedule_disabled_reason)
            is distinct from old.schedule_disabled_reason then
        perform app.refuse('run_result_written_by_worker');
    end if;
    if not old.is_active then
        perform app.refuse('custom_report_stays_deleted');
    end if;
    if new.created_by_user_id <> old.created_by_user_id
        and not app.has_reporting_role(new.organization_id, new.created_by_user_id) then
        perform app.refuse('custom_report_owner_is_staff', 'A custom report goes to an active coordinator or org admin.');
    end if;
    if new.created_under_support_access_id is distinct from
        (case when new.created_by_user_id = old.created_by_user_id then old.created_under_support_access_id end) then
        perform app.refuse('custom_report_owner_is_staff', 'A grant stays with its global admin.');
    end if;
    new.updated_at := app.now();
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_custom_report_owner()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if not exists (select from users u where u.id = new.created_by_user_id and u.is_active)
        or (app.role() = 'org_admin' and not app.has_reporting_role(app.organization_id(), new.created_by_user_id)) then
        perform app.refuse('custom_report_owner_is_staff', 'A custom report belongs to somebody active.');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_custom_report_run()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    results constant text[] := '{status,rows_so_far,row_count,file_id,control_totals,error_code,error_message,'
        'started_at,completed_at,cancel_requested_at,cancel_requested_by_user_id}';
    cancellation constant text[] := '{cancel_requested_at,cancel_requested_by_user_id}';
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('custom_report_run_append_only', 'Runs are never deleted.');
    end if;
    if tg_op = 'INSERT' then
        if new.status is distinct from 'pending' or new.rows_so_far <> 0 or new.cancel_requested_at is not null then
            perform app.refuse('run_begins_as_pending');
        end if;
        if new.requested_by_user_id is distinct from app.user_id()
            or (new.trigger = 'schedule') is distinct from (app.role() = 'system')
            or (app.role() is distinct from 'system' and new.support_access_id is distinct from app.support_access_id())
        then
            perform app.refuse('run_names_who_asked', 'A run names who asked for it.');
        end if;
        if exists (select from custom_reports r
            where r.organization_id = new.organization_id and r.id = new.custom_report_id and not r.is_active) then
            perform app.refuse('run_requires_active_report', 'The custom report is deleted.');
        end if;
        new.created_at := app.now();
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if (row_after - results) <> (row_before - results) then
        perform app.refuse('custom_report_run_append_only', 'What was asked for never changes.');
    end if;
    if row_after <> row_before and (old.status not in ('pending', 'running')
        or (old.status = 'running' and new.status = 'pending')) then
        perform app.refuse('run_status_forward_only');
    end if;
    if old.cancel_requested_at is not null and (new.cancel_requested_at, new.cancel_requested_by_user_id)
        is distinct from (old.cancel_requested_at, old.cancel_requested_by_user_id) then
        perform app.refuse('custom_report_run_append_only', 'A run is cancelled once.');
    end if;
    -- Others ask a run to end, and end one that no worker has taken up.
    if app.role() is distinct from 'system' and (row_after - cancellation) <> (row_before - cancellation)
        and not (old.status = 'pending' and new.status = 'cancelled'
            and (row_after - cancellation - '{status,completed_at}'::text[])
                = (row_before - cancellation - '{status,completed_at}'::text[])) then
        perform app.refuse('run_result_written_by_worker');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_download_audited()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if new.download_count <> old.download_count and not exists (select from audit_logs a
        where a.organization_id = new.organization_id and a.action = 'file_downloaded' and a.subject_id = new.id
            and a.actor_user_id = new.last_downloaded_by_user_id and a.created_at = app.now()
            and a.id >= app.uuid_floor(app.now())) then
        perform app.refuse('download_audit_required', 'A download is committed with its audit entry or not at all.');
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_export_audited()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if new.status = 'exported' and (tg_op = 'INSERT' or new.exported_at is distinct from old.exported_at)
        and not exists (select from audit_logs a where a.organization_id = new.organization_id and a.report_id = new.id
            and a.action in ('exported', 're_exported') and a.created_at = new.exported_at
            and a.actor_user_id = new.exported_by_user_id
            and a.id >= app.uuid_floor(new.exported_at)) then
        perform app.refuse('export_audit_required');
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_export_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    result_columns constant text[] := '{status,file_url,file_size_bytes,file_id,activity_count,participant_count,'
        'error_message,error_code,column_schema_version,completed_at}';
begin
    if tg_op <> 'UPDATE' then
        perform app.refuse('append_only_immutability', 'Export records are never deleted.');
    end if;
    if (to_jsonb(new) - result_columns - 'bufdir_submission_reference')
        <> (to_jsonb(old) - result_columns - 'bufdir_submission_reference') then
        perform app.refuse('append_only_immutability', 'What was asked for never changes.');
    end if;
    if new.bufdir_submission_reference is distinct from old.bufdir_submission_reference
        and (old.bufdir_submission_reference is not null or old.status <> 'complete') then
        perform app.refuse('submission_reference_set_once');
    end if;
    if (to_jsonb(new) - 'bufdir_submission_reference') <> (to_jsonb(old) - 'bufdir_submission_reference') then
        if old.status <> 'pending' then
            perform app.refuse('status_forward_only_transition');
        end if;
        if nullif(current_setting('app.service', true), '') is distinct from 'export_audit' then
            perform app.refuse('export_status_written_by_service');
        end if;
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_file()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op <> 'UPDATE' or new.download_count < old.download_count
        or (to_jsonb(new) - '{download_count,last_downloaded_at,last_downloaded_by_user_id}'::text[])
            <> (to_jsonb(old) - '{download_count,last_downloaded_at,last_downloaded_by_user_id}'::text[]) then
        perform app.refuse('completed_export_is_immutable');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_format_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    years constant jsonb := jsonb_build_object('from', lower(new.basis_years), 'to', upper(new.basis_years) - 1);
    fault text := app.schema_fault(
        jsonb_build_object('version', new.version, 'basis_years', years, 'fields', new.fields, 'rules', new.rules),
        app.format_version_schema(), app.format_version_schema(), 'the version');
begin
    with field as (
        select ordinal, its ->> 'id' as id, its ->> 'type' as type, its -> 'source' as source
        from jsonb_array_elements(new.fields) with ordinality as e (its, ordinal)
    )
    select coalesce(
        fault,
        (select format('the field %s occurs twice', id) from field group by id having count(*) > 1 limit 1),
        (select format('the field %s is a sum of %s, which is not counted before it as a whole number', sum.id, part)
            from field as sum, jsonb_array_elements_text(sum.source -> 'computed') as e (part)
            where not exists (select from field where id = part and field.ordinal < sum.ordinal and type = 'integer'
                and source ?| '{counted,computed}') limit 1),
        (select format('there is no field %s to compare with the year before', name)
            from jsonb_array_elements_text(new.rules #> '{warnings,year_on_year_fields}') as e (name)
            where name not in (select id from field) limit 1)
    ) into fault;
    if fault is not null then
        perform app.refuse('format_version_valid', format('The format version is not valid: %s.', fault));
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_generation()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    report record;
begin
    if tg_op = 'INSERT' then
        if new.data_hash <> sha256(convert_to(app.canonical_json(new.report_data), 'UTF8')) then
            perform app.refuse('generation_hash_of_its_data', 'The hash is not that of the data.');
        end if;
        if new.submitted_at is not null then
            perform app.refuse('submission_requires_exported_report');
        end if;
        return new;
    end if;
    if tg_op <> 'UPDATE' then
        perform app.refuse('generation_immutable', 'A generation is never deleted.');
    end if;
    if (to_jsonb(new) - '{submitted_at,submitted_by_user_id,submitted_by_role,submitted_data_hash,submission_reference}'::text[])
        <> (to_jsonb(old) - '{submitted_at,submitted_by_user_id,submitted_by_role,submitted_data_hash,submission_reference}'::text[]) then
        perform app.refuse('generation_immutable');
    end if;
    if old.submitted_at is not null then
        perform app.refuse('submission_confirmed_once');
    end if;
    select r.status, r.current_generation, o.is_test into report
    from bufdir_reports r join organizations o on o.id = r.organization_id
    where r.organization_id = new.organization_id and r.id = new.report_id;
    if report.is_test then
        perform app.refuse('test_organization_cannot_submit');
    end if;
    if report.status is distinct from 'exported' or report.current_generation <> new.number then
        perform app.refuse('submission_requires_exported_report');
    end if;
    if exists (select from report_warnings w where w.organization_id = new.organization_id
        and w.generation_id = new.id and w.accepted_at is null) then
        perform app.refuse('warnings_must_be_accepted');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_ledger_export()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    asked constant text[] := '{id,organization_id,generated_by_user_id,report_period_id,report_period_start,'
        'report_period_end,export_format,schema_version,generated_at,created_at,follows_export_id}';
    downloads constant text[] := '{download_count,last_downloaded_at,last_downloaded_by_user_id,updated_at}';
    row_before jsonb;
    row_after jsonb;
begin
    if tg_op not in ('INSERT', 'UPDATE') then
        perform app.refuse('append_only_immutability', 'Export records are never deleted.');
    end if;
    if tg_op = 'INSERT' then
        if app.role() is null or app.role() not in ('org_admin', 'support')
            or new.generated_by_user_id is distinct from app.user_id() then
            perform app.refuse('org_admin_only_access');
        end if;
        if new.status is distinct from 'pending' then
            perform app.refuse('status_initial_value_is_pending');
        end if;
        if new.report_period_end > app.now() then
            perform app.refuse('period_must_not_be_future');
        end if;
        if new.download_count <> 0 or num_nonnulls(new.last_downloaded_at, new.last_downloaded_by_user_id) > 0 then
            perform app.refuse('download_audit_required', 'A new export was never downloaded.');
        end if;
        return new;
    end if;

    row_before := to_jsonb(old);
    row_after := to_jsonb(new);
    if old.status = 'completed' and (row_after - downloads) <> (row_before - downloads) then
        perform app.refuse('completed_export_is_immutable', 'A completed export never changes; make a new one.');
    end if;
    if old.status = 'failed' and row_after <> row_before then
        perform app.refuse('status_forward_only_transition', 'A failed export never changes; make a new one.');
    end if;
    if exists (select from unnest(asked) as name where row_after -> name is distinct from row_before -> name) then
        perform app.refuse('append_only_immutability', 'What was asked for never changes.');
    end if;
    if old.status = 'generating' and new.status = 'pending' then
        perform app.refuse('status_forward_only_transition', 'An export that has begun is not pending again.');
    end if;
    if (row_after - downloads) <> (row_before - downloads) and app.role() is distinct from 'system' then
        perform app.refuse('export_status_written_by_service', 'Only a worker records a result.');
    end if;
    -- A download counts one, and says when and by whom.
    if (new.download_count, new.last_downloaded_at, new.last_downloaded_by_user_id)
            is distinct from (old.download_count, old.last_downloaded_at, old.last_downloaded_by_user_id)
        and (new.status <> 'completed' or new.download_count <> old.download_count + 1
            or num_nonnulls(new.last_downloaded_at, new.last_downloaded_by_user_id) < 2) then
        perform app.refuse('download_audit_required', 'A download counts one, with its time and person.');
    end if;
    new.updated_at := app.now();
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_log_export_audited()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if not exists (select from audit_logs a
        where a.organization_id = new.organization_id and a.action = 'audit_log_exported' and a.subject_id = new.id
            and a.details ->> 'sha256' = encode(new.sha256, 'hex') and a.created_at = app.now()
            and a.id >= app.uuid_floor(app.now())) then
        perform app.refuse('log_export_audited');
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_new_export()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if new.id is null or not app.is_uuid_v7(new.id) then
        perform app.refuse('id_is_valid_uuid', 'An export''s id is a UUIDv7.');
    end if;
    if new.organization_id is null then
        perform app.refuse('organization_id_not_null');
    end if;
    if new.triggered_by_user_id is null then
        perform app.refuse('triggered_by_user_id_not_null');
    end if;
    if new.report_period_id is null then
        perform app.refuse('report_period_id_not_null');
    end if;
    if new.status is distinct from 'pending' then
        perform app.refuse('status_initial_value_is_pending');
    end if;
    if new.export_format is null then
        perform app.refuse('export_format_is_valid_enum', 'An export names its format.');
    end if;
    if new.scope_level is null then
        perform app.refuse('scope_level_is_valid_enum', 'An export names its scope.');
    end if;
    if new.bufdir_submission_reference is not null then
        perform app.refuse('submission_reference_set_once', 'A reference is given to a complete export.');
    end if;
    if app.role() is null or app.role() not in ('coordinator', 'org_admin', 'support', 'system')
        or (app.support_access_id() is null
            and not app.has_reporting_role(new.organization_id, new.triggered_by_user_id)) then
        perform app.refuse('coordinator_or_admin_required_to_create');
    end if;
    if not exists (select from report_periods p
        where p.organization_id = new.organization_id and p.id = new.report_period_id) then
        perform app.refuse('report_period_must_belong_to_organization', 'The period belongs to another organization.');
    end if;
    if new.scope_level in ('region', 'local') and new.scope_id is not null and not exists (
        select from organizational_units u
        where u.organization_id = new.organization_id and u.id = new.scope_id and u.level = new.scope_level) then
        perform app.refuse('scope_unit_has_its_level');
    end if;
    if new.report_id is not null and new.report_generation_id is not null and not exists (
        select from report_generations g
        join bufdir_reports r on r.organization_id = g.organization_id and r.id = g.report_id
        where g.organization_id = new.organization_id and g.id = new.report_generation_id and r.id = new.report_id
            and r.report_period_id = new.report_period_id) then
        perform app.refuse('report_export_names_its_generation', 'Report, generation and period do not belong together.');
    end if;
    if new.origin = 'report' and new.scope_level = 'national' and exists (select from report_warnings w
        where w.organization_id = new.organization_id and w.generation_id = new.report_generation_id
            and w.accepted_at is null) then
        perform app.refuse('warnings_must_be_accepted');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_participant_key()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op <> 'INSERT' and old.erased_at is not null then
        perform app.refuse('participants_of_the_year_erased', 'A year that was erased gets no other key.');
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    if new.erased_at is null then
        return new;
    end if;
    -- Whoever is about to ask for a generation of the year does so before or after. Reports are locked before their
    -- periods, as everybody else locks them: the other way round two could wait for one another.
    perform from bufdir_reports r where r.organization_id = new.organization_id and r.report_period_id in (select p.id
            from report_periods p where p.organization_id = new.organization_id and p.basis_year = new.basis_year)
        order by r.id for no key update;
    perform from report_periods where organization_id = new.organization_id and basis_year = new.basis_year
        order by id for update;
    if exists (select from bufdir_reports r
        join report_periods p on p.organization_id = r.organization_id and p.id = r.report_period_id
        where r.organization_id = new.organization_id and p.basis_year = new.basis_year
            and r.status in ('pending', 'generating')) then
        perform app.refuse('erasure_waits_for_generation', 'A report of the year is being generated.');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_pending_export()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    subject pending_exports;
begin
    subject := case tg_op when 'DELETE' then old else new end;
    if (select (p.report_id, p.scope_level, p.scope_id, p.export_format) from pending_exports p
            where p.organization_id = subject.organization_id and p.export_id = subject.export_id)
        is distinct from
        (select (e.report_id, e.scope_level, e.scope_id, e.export_format) from bufdir_export_audit_log e
            where e.organization_id = subject.organization_id and e.id = subject.export_id
                and e.status = 'pending' and e.origin = 'report') then
        perform app.refuse('pending_export_has_its_record');
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_report()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    step text;
begin
    if tg_op = 'INSERT' then
        if not exists (select from organizations where id = new.organization_id and is_active) then
            perform app.refuse('organization_must_exist_and_be_active');
        end if;
        if new.reporting_period_start > app.now() then
            perform app.refuse('period_not_entirely_in_future');
        end if;
        if new.status <> 'pending' then
            perform app.refuse('status_transition_valid', 'A report begins as pending.');
        end if;
        if not app.has_reporting_role(new.organization_id, new.requested_by_user_id) then
            perform app.refuse('role_required_for_generation');
        end if;
        if num_nonnulls(new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path) > 0 then
            perform app.refuse('export_audit_required', 'A report begins without an export.');
        end if;
        new.created_at := app.now();
        new.updated_at := app.now();
        return new;
    end if;

    if (new.id, new.organization_id, new.report_period_id, new.reporting_period_start, new.reporting_period_end, new.created_at)
        is distinct from
        (old.id, old.organization_id, old.report_period_id, old.reporting_period_start, old.reporting_period_end, old.created_at) then
        perform app.refuse('report_identity_immutable', 'A report keeps its organization and period.');
    end if;

    step := old.status || ' -> ' || new.status;
    if old.status = new.status and (old.status <> 'exported' or new.exported_at is not distinct from old.exported_at) then
        null; -- notes, or the next attempt of a generation
    elsif step not in ('pending -> generating', 'generating -> ready', 'generating -> failed', 'failed -> pending',
        'ready -> pending', 'ready -> exported', 'exported -> exported', 'exported -> pending') then
        perform app.refuse('status_transition_valid', format('A report cannot go from %s to %s.', old.status, new.status));
    end if;
    if new.status = 'pending' and old.status <> 'pending'
        and not app.has_reporting_role(new.organization_id, new.requested_by_user_id) then
        perform app.refuse('role_required_for_generation');
    end if;
    if step = 'exported -> pending' and app.role() is distinct from 'org_admin' then
        perform app.refuse('reopening_requires_org_admin');
    end if;
    if new.status = 'exported' and new.exported_at is distinct from old.exported_at
        and not app.has_reporting_role(new.organization_id, new.exported_by_user_id) then
        perform app.refuse('role_required_for_export');
    end if;
    if old.status in ('ready', 'exported') and new.status in ('ready', 'exported')
        and (new.bufdir_format_version, new.report_data, new.current_generation, new.activity_count,
                new.participant_count, new.volunteer_count, new.total_hours, new.generated_at, new.generated_by_user_id)
            is distinct from (old.bufdir_format_version, old.report_data, old.current_generation, old.activity_count,
                old.participant_count, old.volunteer_count, old.total_hours, old.generated_at, old.generated_by_user_id) then
        perform app.refuse('format_version_pinned_at_generation');
    end if;
    if step = 'generating -> ready' and jsonb_typeof(new.report_data) = 'object' and new.generated_at is not null and not exists (
        select from report_generations g where g.organization_id = new.organization_id and g.report_id = new.id
            and (g.number, g.format_version, g.report_data, g.activity_count, g.participant_count, g.volunteer_count,
                    g.total_hours, g.generated_at, g.generated_by_user_id)
                is not distinct from (new.current_generation, new.bufdir_format_version, new.report_data,
                    new.activity_count, new.participant_count, new.volunteer_count, new.total_hours, new.generated_at,
                    new.generated_by_user_id)) then
        perform app.refuse('report_shows_its_generation');
    end if;
    if (new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path)
            is distinct from (old.export_format, old.exported_at, old.exported_by_user_id, old.export_file_path)
        and num_nonnulls(new.export_format, new.exported_at, new.exported_by_user_id, new.export_file_path) > 0
        and (new.status <> 'exported' or new.exported_at is not distinct from old.exported_at) then
        perform app.refuse('export_audit_required', 'Who exported what and when changes by an export only.');
    end if;
    if new.notes is distinct from old.notes and exists (
        select from report_generations g where g.organization_id = new.organization_id and g.report_id = new.id
            and g.number = new.current_generation and g.submitted_at is not null)
        and new.status in ('ready', 'exported') then
        perform app.refuse('notes_locked_by_submission');
    end if;
    new.updated_at := app.now();
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_schedule_cron()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if not app.is_cron(new.schedule_cron) then
        perform app.refuse('valid_cron_expression');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_support_access()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op = 'INSERT' then
        if app.role() is distinct from 'org_admin' or new.granted_by_user_id is distinct from app.user_id() then
            perform app.refuse('support_access_granted_by_org_admin');
        end if;
        if not exists (select from users where id = new.global_admin_user_id and is_global_admin and is_active) then
            perform app.refuse('support_access_for_global_admin');
        end if;
        return new;
    end if;
    if old.revoked_at is not null or new.revoked_at is null
        or (to_jsonb(new) - '{revoked_at,revoked_by_user_id}'::text[]) <> (to_jsonb(old) - '{revoked_at,revoked_by_user_id}'::text[]) then
        perform app.refuse('support_access_only_revoked');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_unit_level()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    parent_level text;
begin
    select level into parent_level from organizational_units
    where organization_id = new.organization_id and id = new.parent_id;
    if (parent_level = 'local') or (parent_level = 'region' and new.level = 'region') then
        perform app.refuse('unit_level_below_parent');
    end if;
    if tg_op = 'UPDATE' and new.level <> old.level and exists (select from organizational_units child
        where child.organization_id = new.organization_id and child.parent_id = new.id
            and (new.level = 'local' or child.level = new.level)) then
        perform app.refuse('unit_level_below_parent', 'There are units below this one, of this level or above it.');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_warning()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op = 'UPDATE' and old.code = 'activities_changed_since_generation'
        and new.details is distinct from old.details and new.raised_at >= old.raised_at
        and num_nonnulls(new.accepted_at, new.accepted_by_user_id, new.accepted_by_role) = 0
        and (new.organization_id, new.generation_id, new.code) = (old.organization_id, old.generation_id, old.code) then
        return new;
    end if;
    if tg_op <> 'UPDATE' or old.accepted_at is not null
        or (to_jsonb(new) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[])
            <> (to_jsonb(old) - '{accepted_at,accepted_by_user_id,accepted_by_role}'::text[]) then
        perform app.refuse('warning_accepted_once');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.check_who_asked()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if app.role() is not null and (to_jsonb(new) ->> tg_argv[0])::uuid is distinct from app.user_id() then
        perform app.refuse('asked_for_by_who_entered');
    end if;
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.count_ledger_download()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    update bufdir_exports set download_count = download_count + 1, last_downloaded_at = new.last_downloaded_at,
        last_downloaded_by_user_id = new.last_downloaded_by_user_id
    where organization_id = new.organization_id and id = new.id;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.day_end(day date)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT ((((day + 1))::timestamp without time zone AT TIME ZONE 'Europe/Oslo'::text) - '00:00:00.000001'::interval);
END;

CREATE OR REPLACE FUNCTION app.day_start(day date)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT ((day)::timestamp without time zone AT TIME ZONE 'Europe/Oslo'::text) AS timezone;
END;

CREATE OR REPLACE FUNCTION app.default_partitions_empty()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    select not exists (select from public.audit_logs_default)
        and not exists (select from public.bufdir_export_audit_log_default)
$function$;
ALTER FUNCTION app.default_partitions_empty() OWNER TO bufdir_definer;

CREATE OR REPLACE FUNCTION app.due_custom_reports(at timestamp with time zone)
 RETURNS TABLE(organization_id uuid, custom_report_id uuid, due_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    select r.organization_id, r.id, r.next_run_at from public.custom_reports r
    where r.is_scheduled and r.is_active and r.next_run_at <= at
    order by r.next_run_at, r.id
$function$;
ALTER FUNCTION app.due_custom_reports(timestamp with time zone) OWNER TO bufdir_definer;

CREATE OR REPLACE FUNCTION app.enter(entering uuid, wanted text, at timestamp with time zone, OUT organization_id uuid, OUT role text, OUT support_access_id uuid, OUT user_name text, OUT is_test boolean)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    person record;
    place record;
begin
    execute format('set local app.user_id = %L', entering);
    execute format('set local app.now = %L', at);
    set local app.organization_id = '';
    set local app.role = '';
    set local app.support_access_id = '';

    select u.name, u.is_global_admin into person from users u where u.id = entering and u.is_active;
    if not found then
        raise exception using errcode = 'invalid_authorization_specification', message = 'unknown or inactive user';
    end if;
    user_name := person.name;

    select o.id, m.role, null::uuid as support, o.is_test, count(*) over () as places into place
    from memberships m join organizations o on o.id = m.organization_id
    where m.user_id = entering and m.is_active and o.is_active
        and (wanted is null or o.slug = wanted or o.id::text = lower(wanted))
    limit 1;
    if not found and wanted is not null and person.is_global_admin then
        select o.id, 'support' as role, s.id as support, o.is_test, 1::bigint as places into place
        from support_access s join organizations o on o.id = s.organization_id
        where s.global_admin_user_id = entering and o.is_active and (o.slug = wanted or o.id::text = lower(wanted))
            and s.revoked_at is null and at >= s.valid_from and at < s.valid_until
        order by s.valid_until desc limit 1;
    end if;
    if place.id is null and exists (
        select from memberships m join organizations o on o.id = m.organization_id
        where m.user_id = entering and m.is_active and not o.is_active
            and (wanted is null or o.slug = wanted or o.id::text = lower(wanted))
    ) then
        perform app.refuse('organization_must_exist_and_be_active');
    end if;
    if place.id is null or place.places > 1 then
        perform app.refuse(case when wanted is null then 'organization_required' else 'organization_unknown' end);
    end if;

    organization_id := place.id;
    role := place.role;
    support_access_id := place.support;
    is_test := place.is_test;
    execute format('set local app.organization_id = %L', organization_id);
    execute format('set local app.role = %L', role);
    execute format('set local app.support_access_id = %L', coalesce(support_access_id::text, ''));
end
$function$;

CREATE OR REPLACE FUNCTION app.enter_export_audit_service()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if app.role() is distinct from 'system' then
        perform app.refuse('export_status_written_by_service', 'Only a worker records a result.');
    end if;
    set local app.service = 'export_audit';
end
$function$;

CREATE OR REPLACE FUNCTION app.enter_system(organization uuid, on_behalf_of uuid, at timestamp with time zone, OUT is_active boolean, OUT is_test boolean, OUT person_name text, OUT person_role text)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    execute format('set local app.user_id = %L', coalesce(on_behalf_of::text, ''));
    execute format('set local app.now = %L', at);
    execute format('set local app.organization_id = %L', organization);
    set local app.role = 'system';
    set local app.support_access_id = '';
    select o.is_active, o.is_test into is_active, is_test from organizations o where o.id = organization;
    select u.name, case when u.is_active and m.is_active then m.role end into person_name, person_role
    from users u left join memberships m on m.user_id = u.id and m.organization_id = organization
    where u.id = on_behalf_of;
end
$function$;

CREATE OR REPLACE FUNCTION app.format_version_schema()
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN '{"type": "object", "$defs": {"kind": {"type": "object", "required": ["modes", "modes_counted_apart", "min_minutes", "min_participants", "leader_counts", "led_by_approved_peer", "peer_seeks_person", "new_participants_same_day"], "properties": {"modes": {"$ref": "#/$defs/modes"}, "min_minutes": {"$ref": "#/$defs/number"}, "leader_counts": {"type": "boolean"}, "min_participants": {"$ref": "#/$defs/number"}, "peer_seeks_person": {"type": "boolean"}, "modes_counted_apart": {"$ref": "#/$defs/modes"}, "led_by_approved_peer": {"type": "boolean"}, "new_participants_same_day": {"type": "boolean"}}, "additionalProperties": false}, "field": {"type": "object", "anyOf": [{"properties": {"type": {"enum": ["string", "integer", "decimal", "document"]}, "source": {"const": "typed"}}}, {"properties": {"type": {"const": "string"}, "source": {"const": {"organization": "number"}}}}, {"properties": {"type": {"const": "integer"}, "source": {"type": "object", "required": ["period"], "properties": {"period": {"enum": ["basis_year", "application_year", "grant_year"]}}, "additionalProperties": false}}}, {"properties": {"type": {"const": "integer"}, "source": {"type": "object", "required": ["counted"], "properties": {"counted": {"enum": ["active_peers", "outreach_days", "conversation_days", "activity_group_days", "course_days", "apart_group_days", "counted_activities", "uncounted_activities", "active_branches", "counties", "attendances", "participants", "anonymous_attendances"]}}, "additionalProperties": false}}}, {"properties": {"type": {"const": "decimal"}, "source": {"const": {"counted": "hours"}}}}, {"properties": {"type": {"const": "integer"}, "source": {"type": "object", "required": ["computed"], "properties": {"computed": {"type": "array", "items": {"$ref": "#/$defs/field_id"}, "minItems": 1}}, "additionalProperties": false}}}], "required": ["id", "label", "type", "source", "required"], "properties": {"id": {"$ref": "#/$defs/field_id"}, "type": {}, "label": {"type": "object", "required": ["nb", "en"], "properties": {"en": {"type": "string"}, "nb": {"type": "string"}}, "additionalProperties": false}, "source": {}, "required": {"type": "boolean"}}, "additionalProperties": false}, "holds": {"course_days": {"properties": {"fields": {"contains": {"properties": {"source": {"const": {"counted": "course_days"}}}}}}}, "outreach_days": {"properties": {"fields": {"contains": {"properties": {"source": {"const": {"counted": "outreach_days"}}}}}}}, "apart_group_days": {"properties": {"fields": {"contains": {"properties": {"source": {"const": {"counted": "apart_group_days"}}}}}}}, "conversation_days": {"properties": {"fields": {"contains": {"properties": {"source": {"const": {"counted": "conversation_days"}}}}}}}, "activity_group_days": {"properties": {"fields": {"contains": {"properties": {"source": {"const": {"counted": "activity_group_days"}}}}}}}}, "modes": {"type": "array", "items": {"enum": ["in_person", "digital", "phone"]}}, "counts": {"group": {"properties": {"rules": {"properties": {"kinds": {"required": ["group"]}}}}}, "course": {"properties": {"rules": {"properties": {"kinds": {"required": ["course"]}}}}}, "outreach": {"properties": {"rules": {"properties": {"kinds": {"required": ["outreach"]}}}}}, "group_apart": {"properties": {"rules": {"properties": {"kinds": {"required": ["group"], "properties": {"group": {"properties": {"modes_counted_apart": {"minItems": 1}}}}}}}}}}, "number": {"type": "integer", "maximum": 2147483647, "minimum": 0}, "field_id": {"type": "string", "pattern": "^[A-Za-z0-9]+$"}, "counts_nothing_apart": {"properties": {"modes_counted_apart": {"maxItems": 0}}}}, "allOf": [{"if": {"$ref": "#/$defs/counts/outreach"}, "then": {"$ref": "#/$defs/holds/outreach_days"}}, {"if": {"$ref": "#/$defs/counts/group"}, "then": {"allOf": [{"$ref": "#/$defs/holds/conversation_days"}, {"$ref": "#/$defs/holds/activity_group_days"}]}}, {"if": {"$ref": "#/$defs/counts/group_apart"}, "then": {"$ref": "#/$defs/holds/apart_group_days"}}, {"if": {"$ref": "#/$defs/counts/course"}, "then": {"$ref": "#/$defs/holds/course_days"}}], "title": "A version of Bufdir''s format: its fields, and the rules by which activities are counted", "$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": "The database holds each version against this: app.schema_fault knows the keywords that stand here.", "required": ["version", "basis_years", "fields", "rules"], "properties": {"rules": {"type": "object", "required": ["country", "kinds", "active_peer", "warnings"], "properties": {"kinds": {"type": "object", "properties": {"group": {"$ref": "#/$defs/kind"}, "course": {"allOf": [{"$ref": "#/$defs/kind"}, {"$ref": "#/$defs/counts_nothing_apart"}]}, "outreach": {"allOf": [{"$ref": "#/$defs/kind"}, {"$ref": "#/$defs/counts_nothing_apart"}]}}, "additionalProperties": false}, "country": {"type": "string", "pattern": "^[A-Z]{2}$"}, "warnings": {"type": "object", "required": ["year_on_year_percent", "year_on_year_fields", "anonymous_share_percent"], "properties": {"year_on_year_fields": {"type": "array", "items": {"$ref": "#/$defs/field_id"}}, "year_on_year_percent": {"$ref": "#/$defs/number"}, "anonymous_share_percent": {"$ref": "#/$defs/number"}}, "additionalProperties": false}, "active_peer": {"type": "object", "required": ["min_counted_days", "trained"], "properties": {"trained": {"type": "boolean"}, "min_counted_days": {"$ref": "#/$defs/number"}}, "additionalProperties": false}}, "additionalProperties": false}, "fields": {"type": "array", "items": {"$ref": "#/$defs/field"}, "minItems": 1}, "version": {"type": "string"}, "basis_years": {"type": "object", "required": ["from", "to"], "properties": {"to": {"type": ["integer", "null"]}, "from": {"type": "integer", "minimum": 1900}}, "additionalProperties": false}}, "additionalProperties": false}'::jsonb;

CREATE OR REPLACE FUNCTION app.guard_format_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op = 'INSERT' then
        new.rules_hash := sha256(convert_to(app.canonical_json(
            jsonb_build_object('fields', new.fields, 'rules', new.rules)), 'UTF8'));
        return new;
    end if;
    -- A version's last year may be set when its successor is known; all else is fixed.
    if tg_op = 'UPDATE' and (to_jsonb(new) - 'basis_years') = (to_jsonb(old) - 'basis_years')
        and lower(new.basis_years) = lower(old.basis_years) then
        return new;
    end if;
    perform app.refuse('format_version_immutable');
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.has_reporting_role(organization uuid, person uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM (memberships m
              JOIN users u ON ((u.id = m.user_id)))
           WHERE ((m.organization_id = has_reporting_role.organization) AND (m.user_id = has_reporting_role.person) AND m.is_active AND u.is_active AND (m.role = ANY (ARRAY['coordinator'::text, 'org_admin'::text]))))) AS "exists";
END;

CREATE OR REPLACE FUNCTION app.hmac_pad(key bytea, pad integer)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT decode(string_agg(lpad(to_hex((
         CASE
             WHEN ("position"."position" < length(hmac_pad.key)) THEN get_byte(hmac_pad.key, "position"."position")
             ELSE 0
         END # hmac_pad.pad)), 2, '0'::text), ''::text ORDER BY "position"."position"), 'hex'::text) AS decode
    FROM generate_series(0, 63) "position"("position");
END;

CREATE OR REPLACE FUNCTION app.hmac_sha256(key bytea, message bytea)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT sha256((app.hmac_pad(key, 92) || sha256((app.hmac_pad(key, 54) || message)))) AS sha256;
END;

CREATE OR REPLACE FUNCTION app.is_county(name text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT (name = ANY (ARRAY['Østfold'::text, 'Akershus'::text, 'Oslo'::text, 'Hedmark'::text, 'Oppland'::text, 'Buskerud'::text, 'Vestfold'::text, 'Telemark'::text, 'Aust-Agder'::text, 'Vest-Agder'::text, 'Rogaland'::text, 'Hordaland'::text, 'Sogn og Fjordane'::text, 'Møre og Romsdal'::text, 'Sør-Trøndelag'::text, 'Nord-Trøndelag'::text, 'Nordland'::text, 'Troms'::text, 'Finnmark'::text, 'Viken'::text, 'Innlandet'::text, 'Vestfold og Telemark'::text, 'Agder'::text, 'Vestland'::text, 'Trøndelag'::text, 'Troms og Finnmark'::text]));
END;

CREATE OR REPLACE FUNCTION app.is_cron(expression text)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION app.is_custom_output_format(format text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT (format = ANY (ARRAY['xlsx'::text, 'csv'::text, 'pdf'::text, 'json'::text]));
END;

CREATE OR REPLACE FUNCTION app.is_export_format(format text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT (format = ANY (ARRAY['xlsx'::text, 'csv'::text, 'pdf'::text]));
END;

CREATE OR REPLACE FUNCTION app.is_organization_number(number text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (number ~ '^[0-9]{9}$'::text) THEN ( SELECT ((sum((digits.weight * (substr(is_organization_number.number, (digits.place)::integer, 1))::integer)) % (11)::bigint) = 0)
                FROM unnest('{3,2,7,6,5,4,3,2,1}'::integer[]) WITH ORDINALITY digits(weight, place))
             ELSE false
         END AS "case";
END;

CREATE OR REPLACE FUNCTION app.is_typed_document(document jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE((NOT jsonb_path_exists(document, 'strict $.**?(@.type() == "string" && @ like_regex "[\\u0001-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F]")'::jsonpath)), true);

CREATE OR REPLACE FUNCTION app.is_typed_text(VARIADIC texts text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE((array_to_string(texts, ''::text) !~ '[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]'::text), true);

CREATE OR REPLACE FUNCTION app.is_uuid_v7(id uuid)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT ((substr((id)::text, 15, 1) = '7'::text) AND (substr((id)::text, 20, 1) = ANY (ARRAY['8'::text, '9'::text, 'a'::text, 'b'::text])));
END;

CREATE OR REPLACE FUNCTION app.keep_an_admin()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if app.role() is null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('admins of ' || old.organization_id, 0));
    if not exists (select from memberships m join users u on u.id = m.user_id
        where m.organization_id = old.organization_id and m.role = 'org_admin' and m.is_active and u.is_active) then
        perform app.refuse('organization_keeps_an_admin');
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.keep_pending_export()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if tg_op = 'INSERT' then
        insert into pending_exports (organization_id, export_id, report_id, scope_level, scope_id, export_format)
        values (new.organization_id, new.id, new.report_id, new.scope_level, new.scope_id, new.export_format);
    else
        delete from pending_exports where organization_id = new.organization_id and export_id = new.id;
    end if;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.mark_ledger_file()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    new.of_ledger := exists (select from bufdir_exports e
        where e.organization_id = new.organization_id and e.id = new.id);
    return new;
end
$function$;

CREATE OR REPLACE FUNCTION app.notify_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    perform pg_notify('bufdir_changes', json_build_array(tg_argv[0], new.organization_id,
        to_jsonb(new) ->> tg_argv[1])::text);
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT COALESCE((NULLIF(current_setting('app.now'::text, true), ''::text))::timestamp with time zone, now()) AS "coalesce";
END;

CREATE OR REPLACE FUNCTION app.organization_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif";
END;

CREATE OR REPLACE FUNCTION app.partition_by_year(parent regclass, refuse regproc, events text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    partition text;
    year integer;
begin
    for year in 2015..2051 loop
        if year = 2051 then
            partition := parent::text || '_default';
            execute format('create table %I partition of %s default', partition, parent);
        else
            partition := parent::text || '_' || year;
            execute format('create table %I partition of %s for values from (%L) to (%L)', partition, parent,
                app.uuid_floor(make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC')),
                app.uuid_floor(make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC')));
        end if;
        execute format('alter table %I enable row level security', partition);
        execute format('alter table %I force row level security', partition);
        execute format('create trigger refuse_change before %s on %I execute function %s()', events, partition, refuse);
    end loop;
end
$function$;

CREATE OR REPLACE FUNCTION app.protect(tenant_table regclass, readers text[], writers text[], inserters text[] DEFAULT NULL::text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    -- The role's check stands in a sub-select: asked once, and not taken by the planner for a filter of most rows.
    held text := 'organization_id = app.organization_id() and (select app.role() = any (%L::text[]))';
    reading text := format(held, readers);
    writing text := format(held, writers);
    inserting text := format(held, coalesce(inserters, writers));
begin
    execute format('alter table %s enable row level security', tenant_table);
    execute format('alter table %s force row level security', tenant_table);
    execute format('create policy tenant_reads on %s for select using (%s)', tenant_table, reading);
    execute format('create policy tenant_inserts on %s for insert with check (%s)', tenant_table, inserting);
    execute format('create policy tenant_updates on %s for update using (%s) with check (%s)', tenant_table, writing, writing);
    execute format('create policy tenant_deletes on %s for delete using (%s)', tenant_table, writing);
end
$function$;

CREATE OR REPLACE FUNCTION app.refuse(rule text, sentence text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if sentence is null then
        raise exception using errcode = 'check_violation', message = rule, constraint = rule, hint = rule;
    end if;
    raise exception using errcode = 'check_violation', message = rule, detail = sentence, constraint = rule, hint = rule;
end
$function$;

CREATE OR REPLACE FUNCTION app.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    perform app.refuse('audit_trail_read_only');
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.refuse_deletion()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    perform app.refuse('reports_are_permanent', 'Reports and what they froze are never deleted.');
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.refuse_erased_attendances()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    if exists (select from fresh f join participant_keys k on k.organization_id = f.organization_id
            and k.basis_year = extract(year from f.local_date)
        where k.erased_at is not null) then
        perform app.refuse('participants_of_the_year_erased',
            'The participants of the year were erased; no attendance of it is taken in again.');
    end if;
    return null;
end
$function$;
ALTER FUNCTION app.refuse_erased_attendances() OWNER TO bufdir_definer;

CREATE OR REPLACE FUNCTION app.refuse_erased_year()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    begins timestamptz := to_jsonb(new) ->> tg_argv[0];
begin
    if exists (select from participant_keys k where k.organization_id = new.organization_id
        and k.basis_year = extract(year from begins at time zone 'Europe/Oslo') and k.erased_at is not null) then
        perform app.refuse('participants_of_the_year_erased');
    end if;
    return new;
end
$function$;
ALTER FUNCTION app.refuse_erased_year() OWNER TO bufdir_definer;

CREATE OR REPLACE FUNCTION app.refuse_frozen_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    perform app.refuse('frozen_data_immutable');
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.remove_format_version(removed text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
    alter table format_versions disable trigger guard_format_version;
    delete from format_versions where version = removed;
    alter table format_versions enable trigger guard_format_version;
end
$function$;
REVOKE ALL ON FUNCTION app.remove_format_version(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.role()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT NULLIF(current_setting('app.role'::text, true), ''::text) AS "nullif";
END;

CREATE OR REPLACE FUNCTION app.schema_fault(instance jsonb, schema jsonb, root jsonb, place text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    kind constant text := jsonb_typeof(instance);
    keyword text;
    wanted jsonb;
    fault text;
begin
    for keyword, wanted in select * from jsonb_each(schema) loop
        case keyword
            when '$schema', '$comment', '$defs', 'title', 'then' then null;
            when '$ref' then
                fault := app.schema_fault(instance, root #> string_to_array(substr(wanted #>> '{}', 3), '/'), root, place);
            when 'type' then
                if not wanted @> to_jsonb(kind)
                    and not (kind = 'number' and wanted @> '"integer"' and instance::numeric % 1 = 0) then
                    fault := format('%s is not of type %s', place, wanted);
                end if;
            when 'const' then
                if instance <> wanted then fault := format('%s is not %s', place, wanted); end if;
            when 'enum' then
                if not exists (select from jsonb_array_elements(wanted) as e (known) where known = instance) then
                    fault := format('%s is none of %s', place, wanted);
                end if;
            when 'pattern' then
                if kind = 'string' and instance #>> '{}' !~ (wanted #>> '{}') then
                    fault := format('%s is not like %s', place, wanted);
                end if;
            when 'minimum', 'maximum' then
                if kind = 'number' and instance <> wanted and (instance < wanted) = (keyword = 'minimum') then
                    fault := format('%s breaks its %s of %s', place, keyword, wanted);
                end if;
            when 'minItems', 'maxItems' then
                if kind = 'array' and jsonb_array_length(instance) <> wanted::integer
                    and (jsonb_array_length(instance) < wanted::integer) = (keyword = 'minItems') then
                    fault := format('%s breaks its %s of %s', place, keyword, wanted);
                end if;
            when 'required' then
                select format('%s has no %s', place, name) into fault from jsonb_array_elements_text(wanted) as e (name)
                where kind = 'object' and not instance ? name limit 1;
            when 'properties' then
                select why into fault from jsonb_each(wanted) as property (name, its),
                    app.schema_fault(instance -> name, its, root, format('%s.%s', place, name)) as why
                where kind = 'object' and instance ? name and why is not null limit 1;
            when 'additionalProperties' then
                select format('%s has an unknown part: %s', place, name) into fault
                from jsonb_object_keys(case kind when 'object' then instance else '{}' end) as e (name)
                where not schema -> 'properties' ? name limit 1;
            when 'items', 'contains' then
                select case when keyword = 'items' then min(why)
                    when count(*) = count(why) then format('%s lacks one: %s', place, wanted) end
                into fault
                from jsonb_array_elements(case kind when 'array' then instance else '[]' end) with ordinality as e (its, ordinal)
                cross join lateral app.schema_fault(its, wanted, root, format('%s[%s]', place, ordinal - 1)) as why;
                if kind <> 'array' then fault := null; end if;
            when 'allOf', 'anyOf' then
                select case when keyword = 'allOf' then min(why)
                    when count(*) = count(why) then format('%s has none of the forms that are allowed there', place) end
                into fault
                from jsonb_array_elements(wanted) as e (form), app.schema_fault(instance, form, root, place) as why;
            when 'if' then
                if app.schema_fault(instance, wanted, root, place) is null then
                    fault := app.schema_fault(instance, schema -> 'then', root, place);
                end if;
            else raise exception 'the schema has a keyword that is not known here: %', keyword;
        end case;
        if fault is not null then return fault; end if;
    end loop;
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION app.support_access_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT (NULLIF(current_setting('app.support_access_id'::text, true), ''::text))::uuid AS "nullif";
END;

CREATE OR REPLACE FUNCTION app.unit_subtree(organization uuid, unit uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH RECURSIVE below AS (
          SELECT organizational_units.id
            FROM organizational_units
           WHERE ((organizational_units.organization_id = unit_subtree.organization) AND (organizational_units.id = unit_subtree.unit))
         UNION ALL
          SELECT child.id
            FROM (organizational_units child
              JOIN below below_1 ON ((child.parent_id = below_1.id)))
           WHERE (child.organization_id = unit_subtree.organization)
         )
  SELECT below.id
    FROM below;
END;

CREATE OR REPLACE FUNCTION app.user_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS "nullif";
END;

CREATE OR REPLACE FUNCTION app.uuid_floor(instant timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT ((lpad(to_hex((floor((EXTRACT(epoch FROM instant) * (1000)::numeric)))::bigint), 12, '0'::text) || '00000000000000000000'::text))::uuid AS uuid;
END;

CREATE OR REPLACE FUNCTION app.uuid_millis(id uuid)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
 SELECT ((('x'::text || "left"(replace((id)::text, '-'::text, ''::text), 12)))::bit(48))::bigint AS int8;
END;

CREATE OR REPLACE FUNCTION app.verify_audit_chain(organization uuid, OUT entries bigint, OUT broken_at bigint)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
    entry audit_logs;
    head record;
    expected bytea := decode(repeat('00', 32), 'hex');
begin
    entries := 0;
    for entry in select * from audit_logs where organization_id = organization order by sequence loop
        entries := entries + 1;
        if entry.sequence <> entries or entry.previous_hash <> expected or entry.hash <> app.audit_hash(entry) then
            broken_at := entries;
            return;
        end if;
        expected := entry.hash;
    end loop;
    select * into head from app.audit_head();
    if entries <> coalesce(head.last_sequence, 0) or (entries > 0 and head.last_hash <> expected) then
        broken_at := entries + 1;
    end if;
end
$function$;
