//! What holds of every table, index, foreign key, function and role: the tenants' walls, and the keys that keep the way
//! to more machines open. Each law is a query that names the offenders.

use super::names;

/// Tables of no tenant. Nothing in them may depend on one.
const GLOBAL: &str = "('organizations', 'users', 'format_versions', 'seaql_migrations')";

async fn nothing_offends(laws: &[(&str, String)]) {
    let mut broken = Vec::new();
    for (law, sql) in laws {
        let offenders = names(sql).await;
        if !offenders.is_empty() {
            broken.push(format!("{law}: {}", offenders.join(", ")));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Tables of `public` as `t`, partitions apart.
fn tables(condition: &str) -> String {
    format!(
        "select t.relname::text from pg_class t where t.relnamespace = 'public'::regnamespace
             and t.relkind in ('r', 'p') and not t.relispartition and ({condition})"
    )
}

/// That the table `t` has no enabled trigger before an event: DELETE is 8, UPDATE 16, TRUNCATE 32 (`pg_trigger.tgtype`).
fn unguarded(event: u8) -> String {
    format!(
        "not exists (select from pg_trigger g where g.tgrelid = t.oid and g.tgtype & 2 <> 0
             and g.tgtype & {event} <> 0 and g.tgenabled <> 'D')"
    )
}

const ORGANIZATION_ID: &str =
    "(select a from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id')";

#[tokio::test]
async fn every_tenant_table_is_walled() {
    let tenant = format!("t.relname not in {GLOBAL}");
    nothing_offends(&[
        ("a table is of no tenant, and not listed so", tables(&format!("{tenant} and {ORGANIZATION_ID} is null"))),
        ("organization_id can be null", tables(&format!("not ({ORGANIZATION_ID}).attnotnull"))),
        (
            "row-level security is not enabled and forced",
            tables(&format!("({tenant} or t.relname in ('organizations', 'users'))
                and not (t.relrowsecurity and t.relforcerowsecurity)")),
        ),
        (
            "there is no policy",
            tables(&format!("{tenant} and not exists (select from pg_policy p where p.polrelid = t.oid)")),
        ),
        (
            "a policy that lets the app in does not look at the entered organization or oneself",
            "select p.polrelid::regclass || '.' || p.polname from pg_policy p
             where not exists (select from pg_roles r where r.oid = any (p.polroles)
                     and r.rolname in ('bufdir_owner', 'bufdir_definer'))
                 and p.polrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
                 and coalesce(pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
                     !~ 'app\\.(organization_id|user_id)\\(\\)|is_global_admin'"
                .to_owned(),
        ),
        (
            "the app may do more than rows",
            tables("has_table_privilege('bufdir_app', t.oid, 'truncate, references, trigger')"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn no_partition_is_a_way_around() {
    let partition = |condition: &str| {
        format!(
            "select t.relname::text from pg_class t where t.relnamespace = 'public'::regnamespace and t.relispartition
                 and t.relkind = 'r' and ({condition})"
        )
    };
    assert_eq!(names(&partition("true")).await.len(), 2 * 37, "two tables, by year");
    nothing_offends(&[
        ("row-level security is not enabled and forced", partition("not (t.relrowsecurity and t.relforcerowsecurity)")),
        (
            "the app is granted something",
            partition("has_table_privilege('bufdir_app', t.oid, 'select, insert, update, delete, truncate, references, trigger')"),
        ),
        ("nothing stands before UPDATE", partition(&unguarded(16))),
        ("nothing stands before DELETE", partition(&unguarded(8))),
        ("nothing stands before TRUNCATE", partition(&unguarded(32))),
    ])
    .await;
}

/// What is never deleted has a trigger before DELETE and one before TRUNCATE, whoever tries.
#[tokio::test]
async fn what_is_permanent_is_guarded() {
    let permanent = "t.relname in ('audit_logs', 'bufdir_export_audit_log', 'bufdir_reports', 'report_generations',
        'report_warnings', 'frozen_days', 'frozen_unit_figures', 'period_figures', 'files', 'bufdir_exports',
        'custom_reports', 'custom_report_runs')";
    let unguarded = |event| tables(&format!("{permanent} and {}", unguarded(event)));
    let granted = tables(&format!(
        "{permanent} and has_table_privilege('bufdir_app', t.oid, 'delete')"
    ));
    nothing_offends(&[
        ("nothing stands before DELETE", unguarded(8)),
        ("nothing stands before TRUNCATE", unguarded(32)),
        ("the app may delete", granted),
    ])
    .await;
}

#[tokio::test]
async fn keys_keep_the_way_to_more_machines_open() {
    let foreign_key = |condition: &str| {
        format!(
            "select con.conname::text || ' on ' || con.conrelid::regclass from pg_constraint con
             join pg_class t on t.oid = con.conrelid join pg_class target on target.oid = con.confrelid
             where con.contype = 'f' and t.relnamespace = 'public'::regnamespace and not t.relispartition
                 and ({condition})"
        )
    };
    let is_tenant = |table: &str| {
        format!("exists (select from pg_attribute a where a.attrelid = {table}.oid and a.attname = 'organization_id')")
    };
    let pairs_tenants = "exists (select from unnest(con.conkey, con.confkey) as pair (here, there)
        join pg_attribute h on h.attrelid = t.oid and h.attnum = pair.here
        join pg_attribute o on o.attrelid = target.oid and o.attnum = pair.there
        where h.attname = 'organization_id' and o.attname = 'organization_id')";
    nothing_offends(&[
        (
            "a foreign key between tenants' tables does not pair their organizations",
            foreign_key(&format!("{} and {} and not {pairs_tenants}", is_tenant("t"), is_tenant("target"))),
        ),
        (
            "a table of no tenant refers to a tenant's",
            foreign_key(&format!("not {} and {}", is_tenant("t"), is_tenant("target"))),
        ),
        ("a foreign key sets columns to null or a default", foreign_key("con.confdeltype in ('n', 'd')")),
        (
            "a foreign key leaves or enters the queue's schema",
            "select conname::text from pg_constraint con join pg_class a on a.oid = con.conrelid
             join pg_class b on b.oid = con.confrelid where a.relnamespace <> b.relnamespace"
                .to_owned(),
        ),
        (
            "a unique index is across organizations",
            format!(
                "select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid
                 join pg_class t on t.oid = x.indrelid
                 where t.relnamespace = 'public'::regnamespace and x.indisunique and not t.relispartition
                     and t.relname not in {GLOBAL}
                     and not exists (select from pg_attribute a where a.attrelid = t.oid
                         and a.attname = 'organization_id' and a.attnum = any (x.indkey))
                     and not (x.indisprimary and t.relname in ('bufdir_reports', 'bufdir_export_audit_log',
                         'bufdir_exports', 'audit_logs', 'custom_reports'))"
            ),
        ),
        (
            "a constraint's name is too long",
            "select con.conname::text from pg_constraint con join pg_class t on t.oid = con.conrelid
             where con.connamespace = 'public'::regnamespace and not t.relispartition and octet_length(con.conname) > 50"
                .to_owned(),
        ),
        (
            "an index's name is too long",
            "select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid
             join pg_class t on t.oid = x.indrelid
             where i.relnamespace = 'public'::regnamespace and not t.relispartition and octet_length(i.relname) > 50"
                .to_owned(),
        ),
    ])
    .await;
}

#[tokio::test]
async fn no_role_is_stronger_than_it_should_be() {
    let definer = "p.prosecdef and p.pronamespace in ('app'::regnamespace, 'public'::regnamespace)";
    nothing_offends(&[
        (
            "a SECURITY DEFINER function is not the definer's",
            format!(
                "select p.oid::regprocedure::text from pg_proc p
                where {definer} and p.proowner <> 'bufdir_definer'::regrole"
            ),
        ),
        (
            "a function looks names up along the caller's path, or among temporary tables first",
            "select p.oid::regprocedure::text from pg_proc p
             where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) and p.prosqlbody is null
                 and not coalesce('search_path=pg_catalog, public, pg_temp' = any (p.proconfig), false)"
                .to_owned(),
        ),
        (
            "the app owns something",
            "select d.classid::regclass || ' ' || d.objid from pg_shdepend d
             where d.refobjid = 'bufdir_app'::regrole and d.deptype = 'o'"
                .to_owned(),
        ),
        (
            "the app is a member of a role",
            "select roleid::regrole::text from pg_auth_members where member = 'bufdir_app'::regrole".to_owned(),
        ),
        (
            "a role may do what superusers may",
            "select rolname::text from pg_roles where rolname like 'bufdir\\_%'
                and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
                .to_owned(),
        ),
        (
            "somebody can log in as the definer",
            "select rolname::text from pg_roles where rolname = 'bufdir_definer' and rolcanlogin".to_owned(),
        ),
        (
            "the definer owns a table",
            "select relname::text from pg_class where relowner = 'bufdir_definer'::regrole".to_owned(),
        ),
        (
            "the app may create objects",
            "select nspname::text from pg_namespace where nspname in ('public', 'app', 'graphile_worker')
                and has_schema_privilege('bufdir_app', oid, 'create')"
                .to_owned(),
        ),
    ])
    .await;
}
