//! Ids of one organization in the hands of another's people, in every argument that takes one: the answer is the one that
//! an id of nothing gets.

use std::collections::BTreeSet;

use bufdir_reports::kernel::id::{self, IdKind};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use uuid::Uuid;

use crate::support::calls::{CALLS, Call, Row, World};
use crate::support::graphql::opaque;
use crate::support::ids;
use crate::support::introspection::{Schema, answer};
use crate::support::journey::{Journey, journey};

/// HLF's things, and NHF's, whose people ask.
struct Walls {
    test: Journey,
    schema: Schema,
    foreign: World,
    own: World,
}

async fn walls() -> Walls {
    let test = journey().await;
    let fixture = &test.database.fixture;
    let mut worlds = test.worlds(&[&fixture.hlf, &fixture.nhf]).await;
    let own = worlds.pop().unwrap();
    let foreign = worlds.pop().unwrap();
    let schema = Schema::of(&test.api, &fixture.nhf).await;
    Walls {
        test,
        schema,
        foreign,
        own,
    }
}

/// Where an id is in some arguments, as a JSON pointer, and what it names.
type Place = (String, IdKind);

fn ids_in(value: &Value, path: String, found: &mut Vec<Place>) {
    match value {
        Value::String(text) => {
            if let Ok((kind, _)) = id::decode(&text.as_str().into()) {
                found.push((path, kind));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                ids_in(item, format!("{path}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                ids_in(field, format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Each call that takes ids: its arguments with NHF's own, and where the ids are.
fn calls_with_ids(walls: &Walls) -> Vec<(&'static Call, Value, Vec<Place>)> {
    let mut found = Vec::new();
    for call in CALLS {
        for arguments in (call.arguments)(&walls.own) {
            let mut ids = Vec::new();
            ids_in(&arguments, String::new(), &mut ids);
            if !ids.is_empty() {
                found.push((call, arguments, ids));
            }
        }
    }
    found
}

/// Nothing but nulls, empty lists, and objects of such.
fn is_void(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_void),
        Value::Object(fields) => fields.values().all(is_void),
        _ => false,
    }
}

impl Walls {
    async fn ask(&self, user: Uuid, call: &Call, arguments: Value) -> Value {
        let document = self.schema.document(call, &arguments);
        answer(&self.test.api, Some((user, "nhf")), &document, arguments).await
    }

    /// Puts HLF's ids in these places, and then ids of nothing: both are answered alike, and by nothing.
    async fn holds(&self, user: Uuid, call: &Call, arguments: &Value, places: &[Place]) {
        let (mut foreign, mut unknown) = (arguments.clone(), arguments.clone());
        for (place, kind) in places {
            *foreign.pointer_mut(place).unwrap() = self.foreign.id(*kind).into();
            *unknown.pointer_mut(place).unwrap() = opaque(*kind, self.test.database.new_id()).into();
        }
        let before = self.test.state().await;
        let answered = self.ask(user, call, foreign).await;
        assert_eq!(
            self.ask(user, call, unknown).await,
            answered,
            "{} {places:?}",
            call.field
        );
        assert_eq!(self.test.state().await, before, "{} {places:?}", call.field);

        let errors = answered["errors"].as_array().map_or(&[][..], Vec::as_slice);
        for error in errors {
            let extensions = &error["extensions"];
            assert_eq!(
                (&extensions["code"], &extensions["rule"]),
                (&"NOT_FOUND".into(), &Value::Null),
                "{answered}"
            );
        }
        // Of a list of ids, those that are the asker's own are answered.
        if call.field != "nodes" || places.len() == 2 {
            assert!(is_void(&answered["data"]), "{} {places:?}: {answered}", call.field);
        }
    }
}

#[tokio::test]
async fn foreign_ids_are_ids_of_nothing() {
    let walls = walls().await;
    let user = walls.test.database.fixture.nhf.admin;
    for (call, arguments, places) in calls_with_ids(&walls) {
        for place in places {
            walls.holds(user, call, &arguments, &[place]).await;
        }
    }
}

/// Any call, by anybody, with any of its ids replaced.
#[tokio::test]
async fn foreign_ids_among_own_ones_are_ids_of_nothing() {
    let walls = walls().await;
    let nhf = walls.test.database.fixture.nhf.clone();
    let calls = calls_with_ids(&walls);
    let choice = (0..calls.len(), 0..3_usize, any::<[bool; 4]>());
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let (call, user, chosen) = choice.new_tree(&mut runner).unwrap().current();
        let (call, arguments, places) = &calls[call];
        let user = [nhf.coordinator, nhf.second_coordinator, nhf.admin][user];
        let may = ![Row::Reopen, Row::Ledger, Row::Grant].contains(&call.row) || user == nhf.admin;
        let chosen = places.iter().zip(chosen).filter(|(_, chosen)| *chosen);
        let chosen: Vec<_> = chosen.map(|(place, _)| place.clone()).collect();
        if may && !chosen.is_empty() {
            walls.holds(user, call, arguments, &chosen).await;
        }
    }
}

/// Not even by `node` does an id of any type lead across.
#[tokio::test]
async fn no_node_of_another_organization_is_found() {
    let walls = walls().await;
    let node = CALLS.iter().find(|call| call.field == "node").unwrap();
    for kind in [
        ids::PERSON,
        ids::ORGANIZATION,
        ids::ORGANIZATIONAL_UNIT,
        ids::REPORT,
        ids::REPORT_PERIOD,
        ids::FILE,
        ids::BUFDIR_EXPORT,
        ids::CUSTOM_REPORT,
        ids::SUPPORT_ACCESS,
    ] {
        let arguments = serde_json::json!({ "id": walls.foreign.id(kind) });
        let answered = walls.ask(walls.test.database.fixture.nhf.admin, node, arguments).await;
        assert_eq!(answered, serde_json::json!({ "data": { "node": null } }), "{kind:?}");
    }
}

/// The calls have an id wherever the schema takes one.
#[tokio::test]
async fn each_argument_that_takes_an_id_is_tried() {
    let walls = walls().await;
    let mut tried = BTreeSet::new();
    for (call, _, places) in calls_with_ids(&walls) {
        for (place, _) in places {
            let names = place
                .split('/')
                .filter(|part| !part.is_empty() && part.parse::<u32>().is_err());
            tried.insert((call.field, names.collect::<Vec<_>>().join(".")));
        }
    }
    let mut taken = BTreeSet::new();
    for call in CALLS {
        taken.extend(
            walls
                .schema
                .id_positions(call)
                .into_iter()
                .map(|place| (call.field, place)),
        );
    }
    assert_eq!(tried, taken);
}
