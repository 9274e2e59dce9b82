//! Hostile strings in every position: refused as names, harmless as values and labels, and never in the SQL.

use bufdir_reports::custom_report::compile::{Compiled, compile};
use bufdir_reports::custom_report::definition::{
    Condition, CustomReportColumn, Definition, FieldCondition, Filters, Literal, Operator,
};
use bufdir_reports::custom_report::source::{DataSource, FieldKind};
use bufdir_reports::custom_report::valid::check;
use bufdir_reports::custom_report::{LocalDates, result};
use entity::enums::Language;
use render::Cell;
use sea_orm::sea_query::PostgresQueryBuilder;
use uuid::Uuid;

use crate::database::{Test, test};
use crate::plain;
use crate::world::{Activity, World, date};
use bufdir_reports::custom_report::rules;
use bufdir_reports::kernel::rules::ID_MALFORMED;

const HOSTILE: [&str; 14] = [
    "'; drop table activities; --",
    "' or '1'='1",
    "\" or \"\"=\"",
    "$1",
    "$$; delete from activities; $$",
    "a.title) from activities a; --",
    "\\'; select pg_sleep(60); --",
    "%",
    "_",
    "\\",
    "/* */ union select name from contacts --",
    "c0\", (select string_agg(name, ',') from users) as \"c1",
    "{}{0}%s",
    "\u{202e}elbat pord\u{fffd}",
];

fn dates() -> LocalDates {
    LocalDates {
        from: date("2024-01-01"),
        to: date("2024-12-31"),
    }
}

fn column(key: &str, label: Option<&str>) -> CustomReportColumn {
    CustomReportColumn {
        key: key.to_owned(),
        aggregation: None,
        label: label.map(str::to_owned),
        order: None,
    }
}

fn asking(columns: Vec<CustomReportColumn>, comparison: Option<FieldCondition>) -> Definition {
    Definition {
        report_type: entity::enums::CustomReportType::Activities,
        filters: Filters {
            condition: comparison.map(Condition::Field),
            ..Filters::default()
        },
        groupings: Vec::new(),
        columns,
    }
}

fn compared(key: &str, operator: Operator, value: &str) -> FieldCondition {
    FieldCondition {
        key: key.to_owned(),
        operator,
        values: vec![Literal::Text(value.to_owned())],
    }
}

/// Activities in places called "Bergen" and "50 % av_laget \".
async fn organization(test: &Test) -> Uuid {
    let activities = ["Bergen", "50 % av_laget \\"]
        .map(|place| Activity {
            place,
            ..plain::activity()
        })
        .into();
    test.commit(
        &World {
            peers: Vec::new(),
            activities,
        },
        false,
    )
    .await
}

async fn rows(test: &Test, organization: Uuid, definition: &Definition) -> Vec<Vec<Cell>> {
    let scope = test.enter(organization).await;
    let compiled = compile(&scope, &check(definition).unwrap(), dates(), Language::Nb);
    result::preview(&scope, &compiled, Language::Nb, 50).await.unwrap().rows
}

/// The statement's text, without what it binds.
fn sql(compiled: &Compiled) -> String {
    compiled.select(None).build(PostgresQueryBuilder).0
}

#[test]
fn a_hostile_name_is_refused() {
    for key in HOSTILE {
        let refusal = check(&asking(vec![column(key, None)], None)).unwrap_err();
        assert_eq!(refusal.broken_rule(), Some(rules::FIELD_KNOWN), "{key}");
        assert_eq!(refusal.field(), Some("columns[0].key"), "{key}");
        let filter = compared(key, Operator::Equals, "x");
        let refusal = check(&asking(vec![column("title", None)], Some(filter))).unwrap_err();
        assert_eq!(refusal.broken_rule(), Some(rules::FIELD_KNOWN), "{key}");
        assert_eq!(refusal.field(), Some("filters.where.field.key"), "{key}");
    }
}

/// Where a field takes no texts of one's own, a hostile one is refused; where it does, the SQL is that of any other text.
#[tokio::test(flavor = "multi_thread")]
async fn no_value_and_no_label_reaches_the_sql() {
    let test = test().await;
    let scope = test.enter(organization(&test).await).await;
    for source in DataSource::all() {
        for field in source.fields.iter().filter(|field| field.is_filter) {
            for operator in field.kind.operators().iter().filter(|operator| takes_one(**operator)) {
                for value in HOSTILE {
                    let definition = |value: &str| Definition {
                        report_type: source.report_type,
                        ..asking(some_column(source), Some(compared(field.key, *operator, value)))
                    };
                    match check(&definition(value)) {
                        Err(refusal) => {
                            let rule = refusal.broken_rule().unwrap();
                            assert!(
                                matches!(rule, rules::VALUE_FITS_FIELD | ID_MALFORMED),
                                "{} {rule}",
                                field.key
                            );
                            assert_eq!(refusal.field(), Some("filters.where.field.values[0]"));
                        }
                        Ok(checked) => {
                            assert!(matches!(field.kind, FieldKind::Text), "{}", field.key);
                            let plain = check(&definition("x")).unwrap();
                            let sql = |checked| sql(&compile(&scope, checked, dates(), Language::Nb));
                            assert_eq!(sql(&checked), sql(&plain));
                        }
                    }
                }
            }
        }
    }
}

fn takes_one(operator: Operator) -> bool {
    !matches!(operator, Operator::IsEmpty | Operator::IsNotEmpty | Operator::Between)
}

fn some_column(source: &DataSource) -> Vec<CustomReportColumn> {
    let field = source.fields.iter().find(|field| field.is_column).unwrap();
    let aggregation = source.aggregates_only.then(|| field.aggregations[0]);
    vec![CustomReportColumn {
        aggregation,
        ..column(field.key, Some("$2; --"))
    }]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_value_is_a_text_like_any_other() {
    let test = test().await;
    let organization = organization(&test).await;
    for value in HOSTILE {
        for operator in [Operator::Equals, Operator::Contains, Operator::StartsWith] {
            let definition = asking(
                vec![column("place", Some(value))],
                Some(compared("place", operator, value)),
            );
            let found = rows(&test, organization, &definition).await;
            let literally = operator == Operator::Contains && "50 % av_laget \\".contains(value);
            let expected = if literally {
                vec![vec![Cell::Text("50 % av_laget \\".into())]]
            } else {
                Vec::new()
            };
            assert_eq!(found, expected, "{operator:?} {value}");
        }
    }
    let all = asking(vec![column("place", None)], None);
    assert_eq!(
        rows(&test, organization, &all).await.len(),
        2,
        "nothing was dropped or deleted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_is_the_label_to_the_letter() {
    let test = test().await;
    let scope = test.enter(organization(&test).await).await;
    for label in HOSTILE {
        let definition = asking(vec![column("place", Some(label))], None);
        let compiled = compile(&scope, &check(&definition).unwrap(), dates(), Language::Nb);
        assert_eq!(compiled.columns()[0].header, label);
        assert!(!sql(&compiled).contains(label) || label.len() <= 2, "{label}");
    }
}

/// Neither rows nor the total of none.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_test_organization_appears() {
    let test = test().await;
    let world = World {
        peers: vec![crate::world::Peer::default()],
        activities: vec![Activity {
            place: "Bergen",
            ..plain::activity()
        }],
    };
    let organization = test.commit(&world, true).await;
    for source in DataSource::all() {
        for field in source.fields.iter().filter(|field| field.is_column) {
            let aggregations = field.aggregations.iter().copied().map(Some);
            let plain = (!source.aggregates_only).then_some(None);
            for aggregation in aggregations.chain(plain) {
                let definition = Definition {
                    report_type: source.report_type,
                    ..asking(
                        vec![CustomReportColumn {
                            aggregation,
                            ..column(field.key, None)
                        }],
                        None,
                    )
                };
                assert_eq!(
                    rows(&test, organization, &definition).await,
                    Vec::<Vec<Cell>>::new(),
                    "{definition:?}"
                );
            }
        }
    }
}
