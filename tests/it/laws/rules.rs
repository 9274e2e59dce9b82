//! One name per rule: in its slice's `rules.rs`, in the database, in the tests, in `docs/rules.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use bufdir_reports::kernel::rule::{self, Layer, Rule};
use sqlx::{AssertSqlSafe, Row as _};

use super::{names, project, sources};
use crate::support::catalogue;
use crate::support::rules;

/// Rules of the database that are no constraint and raised by no trigger.
const OTHERWISE: [(Rule, &str); 1] = [(
    rules::TENANT_ISOLATION,
    "the policies tenant_* of every tenant table, held by laws/catalogue.rs",
)];

/// Unique indexes that nobody can break, because `id` alone is unique already: foreign keys need them.
const FOR_FOREIGN_KEYS: [&str; 4] = [
    "bufdir_exports_org_id",
    "bufdir_reports_org_id",
    "custom_reports_org_id",
    "report_period_bounds",
];

/// Constraints and unique indexes of our own naming with the table that they are on, and the rules that triggers raise
/// with the tables that those guard. Partitions repeat their parent and are left out; so are the migrator's table,
/// primary keys, and foreign keys, whose targets the API looks up first and answers with `NOT_FOUND`.
const BREAKABLE: &str = "
    select con.conname::text as name, con.conrelid::regclass::text as guarded
    from pg_constraint con join pg_class t on t.oid = con.conrelid
    where con.connamespace = 'public'::regnamespace and con.contype in ('c', 'u', 'x') and not t.relispartition
        and t.relname <> 'seaql_migrations'
    union
    select i.relname::text, x.indrelid::regclass::text
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    where i.relnamespace = 'public'::regnamespace and x.indisunique and not x.indisprimary and not t.relispartition
    union
    select raised[1], coalesce(t.oid::regclass::text, '')
    from pg_proc p
    cross join regexp_matches(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), 'app\\.refuse\\(''([^'']+)''', 'g') as raised
    left join pg_trigger g on g.tgfoid = p.oid and not g.tgisinternal
    left join pg_class t on t.oid = g.tgrelid
    where p.pronamespace = 'app'::regnamespace and not coalesce(t.relispartition, false)";

/// Foreign keys that have a rule all the same, because what breaks them is not an id that is not there.
const FOREIGN_KEYS: &str = "
    select conname::text as name, conrelid::regclass::text as guarded from pg_constraint con
    join pg_class t on t.oid = conrelid where contype = 'f' and not t.relispartition";

/// Each name, with the tables where it can be broken.
async fn guarded(sql: &'static str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut catalogue().await)
        .await
        .unwrap()
    {
        let tables = found.entry(row.get("name")).or_default();
        let table: String = row.get("guarded");
        if !table.is_empty() {
            tables.insert(table);
        }
    }
    found
}

/// What refuses by a rule's name, with the tables where it does.
async fn guards() -> BTreeMap<String, BTreeSet<String>> {
    let mut guards = guarded(BREAKABLE).await;
    for (name, tables) in guarded(FOREIGN_KEYS).await {
        if Rule::from_name(&name).is_some() {
            guards.entry(name).or_default().extend(tables);
        }
    }
    guards
}

fn of_the_database() -> impl Iterator<Item = Rule> {
    Rule::all().filter(|rule| rule.layer() != Layer::Api)
}

#[tokio::test]
async fn each_rule_of_the_database_has_its_guard_there() {
    let mut guards: BTreeSet<_> = guards().await.into_keys().collect();
    guards.extend(names("select distinct polname::text from pg_policy").await);
    for rule in of_the_database() {
        let otherwise = OTHERWISE.iter().any(|(other, _)| *other == rule);
        assert_eq!(guards.contains(rule.name()), !otherwise, "{rule}");
    }
}

#[tokio::test]
async fn each_guard_of_the_database_has_its_rule() {
    let guards = guards().await;
    let unknown: Vec<_> = guards.keys().filter(|name| Rule::from_name(name).is_none()).collect();
    assert_eq!(unknown, FOR_FOREIGN_KEYS, "add them to their slice's rules.rs");
    for name in guards.keys() {
        assert!(
            name.len() <= 50,
            "{name}: a distributed Postgres adds to names, which have 63 bytes at most"
        );
        if let Some(rule) = Rule::from_name(name) {
            assert_ne!(rule.layer(), Layer::Api, "{rule} is enforced by the database as well");
        }
    }
}

/// A test for each table on which a rule can be broken.
#[tokio::test]
async fn each_rule_of_the_database_has_its_tests() {
    let guards = guards().await;
    // Tests of the API, named alike, don't stand for a missing one of the database.
    let of_the_database_alone = sources("tests/it")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("rules/api"));
    let sources: String = of_the_database_alone.map(|(_, text)| text).collect();
    let mut missing = Vec::new();
    for rule in of_the_database() {
        let tests = sources.matches(&format!("async fn {rule}(")).count();
        let tables = guards.get(rule.name()).map_or(1, |tables| tables.len().max(1));
        if tests < tables {
            missing.push(format!("{rule}: {tests} tests for {tables} tables"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Triggers name the rule. What the rule says is in `rule.rs`; they have a sentence only for something else.
#[tokio::test]
async fn no_sentence_is_written_in_sql_and_in_rust() {
    let raised = names(
        "select replace(raised[1], '''''', '''') from pg_proc p
         cross join regexp_matches(p.prosrc, 'app\\.refuse\\(''\\w+'',\\s*(?:format\\()?''((?:[^'']|'''')+)''', 'g') as raised
         where p.pronamespace = 'app'::regnamespace",
    )
    .await;
    assert!(raised.len() > 40, "{raised:#?}");
    let rust: String = sources("src").into_iter().map(|(_, text)| text).collect();
    let twice: Vec<_> = raised
        .iter()
        .filter(|sentence| rust.contains(sentence.as_str()))
        .collect();
    assert!(
        twice.is_empty(),
        "leave the rule's message to its slice's rules.rs: {twice:#?}"
    );
}

#[test]
fn names_of_rules_are_told_apart() {
    let names: BTreeSet<_> = Rule::all().map(Rule::name).collect();
    assert_eq!(names.len(), Rule::all().count());
    for rule in Rule::all() {
        assert_eq!(Rule::from_name(rule.name()), Some(rule));
        assert!(rule.name().len() <= 50, "{rule}");
    }
}

#[test]
fn the_rules_page_is_fresh() {
    let page = fs::read_to_string(project("docs/rules.md")).unwrap();
    assert!(
        page == rule::document(),
        "docs/rules.md differs from the slices' rules: run `make rules`"
    );
}
