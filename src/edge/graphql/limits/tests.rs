use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use super::measure::COSTLY;
use super::*;
use crate::edge::graphql::schema;

/// Refusals come before any resolver, so that no request's context is needed.
async fn refusal(query: &str) -> Value {
    let limits = Limits {
        document: 20_000,
        tokens: 2_500,
        depth: 8,
        root_fields: 3,
        fields: 40,
        cost: 500,
    };
    let response = schema(limits).finish().execute(query).await;
    serde_json::to_value(&response.errors[0]).unwrap()["extensions"].clone()
}

fn exceeded(measure: &str, limit: usize, cost: usize) -> Value {
    json!({"code": "LIMIT_EXCEEDED", "measure": measure, "limit": limit, "cost": cost})
}

fn nested(levels: usize) -> String {
    format!(
        "{{ organizationalUnits(first: 1) {{ nodes {} }} }}",
        "{ parent ".repeat(levels - 3) + "{ id }" + &"}".repeat(levels - 3)
    )
}

#[tokio::test]
async fn a_deep_query_is_refused() {
    assert_eq!(refusal(&nested(9)).await, exceeded("depth", 8, 9));
}

#[tokio::test]
async fn many_aliases_at_the_root_are_refused() {
    assert_eq!(
        refusal("{ a: __typename b: __typename ...c } fragment c on Query { d: __typename e: __typename }").await,
        exceeded("rootFields", 3, 4)
    );
}

#[tokio::test]
async fn many_fields_are_refused() {
    let aliases: String = (0..40).map(|number| format!("a{number}: id ")).collect();
    assert_eq!(
        refusal(&format!("{{ viewer {{ {aliases} }} }}")).await,
        exceeded("fields", 40, 41)
    );
}

#[tokio::test]
async fn a_lists_cost_is_its_entries_times_what_is_asked_of_each() {
    let extensions = refusal("{ organizationalUnits(first: 200) { nodes { id name level } } }").await;
    assert_eq!(extensions, exceeded("cost", 500, 801));
}

#[rstest]
#[case::report_periods("reportPeriods(first: 200) { nodes { id name basisYear } }")]
#[case::reports("reports(last: 200) { nodes { id status notes } }")]
#[case::export_operations("exportOperations(first: 200) { nodes { id status format } }")]
#[case::report_trail("reports(first: 1) { nodes { auditTrail(first: 200) { nodes { id time } } } }")]
#[case::frozen_days("reports(first: 1) { nodes { daysNotCounted(first: 200) { nodes { date kind } } } }")]
#[tokio::test]
async fn every_list_costs_its_entries(#[case] list: &str) {
    assert_eq!(refusal(&format!("{{ {list} }}")).await["measure"], "cost");
}

/// A kilobyte that would be 2^30 fields: measured without following each spread.
#[rstest]
#[case::of_a_field("__typename")]
#[case::of_nothing("...missing")]
#[tokio::test]
async fn fragments_that_double_are_refused_at_once(#[case] last: &str) {
    let fragments: String = (0..30)
        .map(|number| {
            format!(
                "fragment f{number} on Query {{ ...f{} ...f{} }} ",
                number + 1,
                number + 1
            )
        })
        .collect();
    let extensions = refusal(&format!("{{ ...f0 }} {fragments} fragment f30 on Query {{ {last} }}")).await;
    assert_eq!(extensions["code"], "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_fragment_that_spreads_itself_is_refused_by_validation() {
    let extensions = refusal("{ ...f } fragment f on Query { viewer { id } ...f }").await;
    assert_ne!(extensions["code"], "INTERNAL");
    assert_ne!(extensions, Value::Null);
}

#[tokio::test]
async fn an_introspection_that_multiplies_is_refused() {
    let extensions =
        refusal("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }").await;
    assert_eq!(extensions, exceeded("introspectionLists", 2, 3));
}

#[tokio::test]
async fn a_long_document_is_refused_before_it_is_parsed() {
    let long = format!("{{ __typename }} # {}", " ".repeat(20_000));
    assert_eq!(refusal(&long).await, exceeded("documentBytes", 20_000, long.len()));
}

#[tokio::test]
async fn many_tokens_are_refused_before_they_are_parsed() {
    let names = "a ".repeat(2_500);
    assert_eq!(refusal(&format!("{{ {names}")).await, exceeded("tokens", 2_500, 2_501));
}

/// The parser goes down the stack with each of them; a thread's stack would not do for a long document of nothing else.
#[rstest]
#[case::selections("{a")]
#[case::lists("{a(a:[")]
#[case::objects("{a(a:{a:")]
#[tokio::test]
async fn brackets_within_brackets_are_refused_before_they_are_parsed(#[case] begun: &str) {
    let (head, deeper) = begun.split_at(begun.rfind(['{', '[']).unwrap());
    let document = format!("{head}{}", deeper.repeat(800));
    let extensions = refusal(&document).await;
    assert_eq!(
        (&extensions["measure"], &extensions["limit"]),
        (&json!("brackets"), &json!(64))
    );
}

#[rstest]
#[case::operations("operations", 50, 51, (0..51).map(|number| format!("query q{number} {{ __typename }} ")).collect())]
#[case::variables("variables", 200, 201, {
    let variables: String = (0..201).map(|number| format!("$v{number}: Int ")).collect();
    format!("query q({variables}) {{ __typename }}")
})]
#[case::directives("directives", 200, 201, format!("{{ __typename {} }}", "@a ".repeat(201)))]
#[case::directives_of_an_operation("directives", 200, 201, format!("query q {} {{ __typename }}", "@a ".repeat(201)))]
#[case::directives_of_a_variable("directives", 200, 201, format!("query q($a: Int {}) {{ __typename }}", "@a ".repeat(201)))]
#[case::directives_of_spreads("directives", 200, 202, {
    let fragment = format!("fragment f on Query {{ __typename {} }}", "@a ".repeat(101));
    format!("{{ ...f ...f }} {fragment}")
})]
#[case::directives_of_a_fragment("directives", 200, 201, {
    format!("{{ __typename }} fragment f on Query {} {{ __typename }}", "@a ".repeat(201))
})]
#[case::fields_spread_nowhere("fields", 40, 41, format!("{{ __typename }} fragment f on Query {{ {} }}", "id ".repeat(41)))]
#[tokio::test]
async fn whatever_a_document_repeats_is_bounded(
    #[case] measure: &str,
    #[case] limit: usize,
    #[case] cost: usize,
    #[case] document: String,
) {
    assert_eq!(refusal(&document).await, exceeded(measure, limit, cost));
}

#[tokio::test]
async fn many_arguments_are_refused() {
    let document = format!("{{ viewer({}) {{ id }} }}", "a:1 ".repeat(2_001));
    let response = schema(Limits::default()).finish().execute(document).await;
    let extensions = serde_json::to_value(&response.errors[0]).unwrap()["extensions"].clone();
    assert_eq!(extensions, exceeded("arguments", 2_000, 2_001));
}

/// What stays within the limits and still fails everywhere is answered with its first errors and their number.
#[tokio::test]
async fn an_answer_has_twenty_errors_and_tells_how_many_more_there_were() {
    let unknown: String = (0..30).map(|number| format!("unknown{number} ")).collect();
    let response = schema(Limits::default())
        .finish()
        .execute(format!("{{ viewer {{ {unknown} }} }}"))
        .await;
    assert_eq!(response.errors.len(), 21);
    let last = serde_json::to_value(&response.errors[20]).unwrap();
    assert_eq!(last["extensions"], exceeded("errors", 20, 30));
    assert_eq!(
        last["message"],
        "There are 10 more errors. The limit is 20, these are 30."
    );
}

/// A request holds a few of them at most, and the names by which turns are taken are the schema's.
#[rstest]
#[case::report("reportPreview", "(reportPeriodId: \"x\") { activityCount }")]
#[case::custom_report(
    "previewCustomReport",
    "(definition: {reportType: ACTIVITIES, columns: []}, dateRange: {type: LAST_MONTH}, first: 1) { hasMore }"
)]
#[tokio::test]
async fn a_preview_costs_much(#[case] field: &str, #[case] rest: &str) {
    assert!(COSTLY.contains(&field));
    let previews: String = (0..5).map(|number| format!("a{number}: {field}{rest} ")).collect();
    let response = schema(Limits::default())
        .finish()
        .execute(format!("{{ {previews} }}"))
        .await;
    let error = serde_json::to_value(&response.errors[0]).unwrap();
    assert_eq!(error["extensions"]["measure"], "cost", "{error}");
}

#[test]
fn costly_fields_are_the_schemas() {
    let schema = schema(Limits::default()).finish().sdl_with_options(Default::default());
    for field in COSTLY {
        assert!(schema.contains(&format!("\t{field}(")), "{field}");
    }
}

/// Each of these kept the server busy for seconds and got tens of megabytes for an answer, or is as much as the limits
/// allow of what is slow.
#[rstest]
#[case::directives(format!("{{ viewer {{ name {} }} }}", "@a ".repeat(300_000)))]
#[case::arguments(format!("{{ a({}) }}", "a:1 ".repeat(260_000)))]
#[case::operations((0..30_000).map(|number| format!("query q{number} {{ __typename }} ")).collect())]
#[case::brackets(format!("{{ a(a: {}", "[".repeat(900_000)))]
#[case::allowed_directives(format!("{{ viewer {{ name {} }} }}", "@a ".repeat(200)))]
#[case::allowed_arguments(format!("{{ a({}) }}", "a:1 ".repeat(2_000)))]
#[case::allowed_fields(format!("{{ viewer {{ {} }} }}", "missing ".repeat(990)))]
#[case::allowed_values(format!("{{ nodes(ids: [{}]) {{ id }} }}", "true ".repeat(9_900)))]
#[case::allowed_spreads({
    let fragments: String = (0..99)
        .map(|number| format!("fragment f{number} on Query {{ {} missing }} ", "...f ".repeat(8)))
        .collect();
    let operations: String = (0..50).map(|number| format!("query q{number} {{ {} }} ", "...f1 ".repeat(10))).collect();
    format!("{operations} {fragments} fragment f on Query {{ missing }}")
})]
#[tokio::test]
async fn no_document_takes_long_or_is_answered_at_length(#[case] document: String) {
    let begun = Instant::now();
    let response = schema(Limits::default()).finish().execute(document).await;
    let length = serde_json::to_string(&response).unwrap().len();
    assert!(!response.errors.is_empty() && length < 10_000, "{length} bytes");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
}
