//! The rights' table (decisions, 1) over every root field of the schema.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use crate::support::calls::{CALLS, Call, Row};
use crate::support::introspection::{Schema, answer};
use crate::support::journey::{Journey, journey};
use crate::support::rows;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    PeerMentor,
    Coordinator,
    OrgAdmin,
    /// A global admin with support access to HLF.
    Support,
    /// A global admin without.
    GlobalAdmin,
    /// An org admin of another organization, who names HLF.
    Outsider,
    Anonymous,
}

const EVERYBODY: [Who; 7] = [
    Who::PeerMentor,
    Who::Coordinator,
    Who::OrgAdmin,
    Who::Support,
    Who::GlobalAdmin,
    Who::Outsider,
    Who::Anonymous,
];

impl Who {
    fn login(self, test: &Journey) -> Option<(Uuid, &'static str)> {
        let fixture = &test.database.fixture;
        let user = match self {
            Self::PeerMentor => fixture.hlf.peers[0],
            Self::Coordinator => fixture.hlf.second_coordinator,
            Self::OrgAdmin => fixture.hlf.admin,
            Self::Support | Self::GlobalAdmin => fixture.global_admin,
            Self::Outsider => fixture.nhf.admin,
            Self::Anonymous => return None,
        };
        Some((user, "hlf"))
    }

    /// The code of the refusal; none where the call is allowed.
    fn refusal(self, row: Row) -> Option<&'static str> {
        let allowed = match (self, row) {
            (Self::Anonymous, _) => return Some("UNAUTHENTICATED"),
            (Self::GlobalAdmin | Self::Outsider, _) => false,
            (Self::OrgAdmin, _) | (_, Row::Enter) => true,
            (Self::PeerMentor, _) => false,
            (Self::Coordinator, Row::Reopen | Row::Ledger | Row::Grant) => false,
            (Self::Support, Row::Work | Row::Reopen | Row::Grant) => false,
            (Self::Coordinator, Row::Read | Row::Work | Row::Download) => true,
            (Self::Support, Row::Read | Row::Download | Row::Ledger) => true,
        };
        (!allowed).then_some("FORBIDDEN")
    }
}

/// A refusal carries a code that says so, and a field that may be null fails alone; whoever may call meets the rules of
/// the matter at most.
fn check(who: Who, call: &Call, fails_alone: bool, answer: &Value) {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    match who.refusal(call.row) {
        Some(refusal) => {
            assert_eq!(code, Some(refusal), "{who:?} {}: {answer}", call.field);
            let mut told = answer["data"].as_object().into_iter().flat_map(|data| data.values());
            assert!(told.all(Value::is_null), "{who:?} {}: {answer}", call.field);
            let is_told = answer["data"].get(call.field).is_some();
            assert_eq!(is_told, fails_alone, "{who:?} {}: {answer}", call.field);
        }
        None if call.root == "mutation" => {
            assert!(
                matches!(code, None | Some("INVALID" | "CONFLICT")),
                "{who:?} {}: {answer}",
                call.field
            );
        }
        None => assert_eq!(code, None, "{who:?} {}: {answer}", call.field),
    }
}

#[tokio::test]
async fn each_field_is_for_those_whom_the_table_names() {
    let test = journey().await;
    let hlf = test.hlf();
    let world = test.worlds(&[hlf]).await.remove(0);
    let schema = Schema::of(&test.api, hlf).await;
    let everybody = EVERYBODY
        .into_iter()
        .filter(|who| *who != Who::Support)
        .chain([Who::Support]);
    for who in everybody {
        if who == Who::Support {
            let grant = rows::support_access(&test.database.fixture).insert();
            let grant = format!("set local session_replication_role = replica; {grant}");
            test.database.arrange(grant).await;
        }
        for call in CALLS {
            for arguments in (call.arguments)(&world) {
                let document = schema.document(call, &arguments);
                let answered = answer(&test.api, who.login(&test), &document, arguments).await;
                check(who, call, schema.is_nullable(call), &answered);
            }
        }
    }
}

#[tokio::test]
async fn each_field_has_its_line_in_the_table() {
    let test = journey().await;
    let schema = Schema::of(&test.api, test.hlf()).await;
    for root in ["query", "mutation", "subscription"] {
        let fields: BTreeSet<_> = schema
            .fields(root)
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        let decided = CALLS.iter().filter(|call| call.root == root).map(|call| call.field);
        assert_eq!(
            decided.collect::<BTreeSet<_>>(),
            fields,
            "decide in tests/it/support/calls.rs"
        );
    }
}

/// What one may do is what one is told one may do.
#[tokio::test]
async fn the_viewer_is_told_the_same_rights() {
    let test = journey().await;
    let grant = rows::support_access(&test.database.fixture).insert();
    test.database
        .arrange(format!("set local session_replication_role = replica; {grant}"))
        .await;
    for (who, role, rights) in [
        (Who::PeerMentor, "PEER_MENTOR", &["ENTER"][..]),
        (
            Who::Coordinator,
            "COORDINATOR",
            &[
                "ENTER",
                "READ_REPORTS",
                "EDIT_PERIODS",
                "GENERATE_REPORTS",
                "EXPORT_REPORTS",
                "DOWNLOAD_REPORT_EXPORTS",
                "READ_CUSTOM_REPORTS",
            ],
        ),
        (
            Who::OrgAdmin,
            "ORG_ADMIN",
            &[
                "ENTER",
                "READ_REPORTS",
                "EDIT_PERIODS",
                "GENERATE_REPORTS",
                "EXPORT_REPORTS",
                "REOPEN_REPORTS",
                "DOWNLOAD_REPORT_EXPORTS",
                "READ_SUPPORT_ACCESS",
                "MANAGE_SUPPORT_ACCESS",
                "READ_WHOLE_LOG",
                "KEEP_LEDGER",
                "READ_CUSTOM_REPORTS",
                "EDIT_CUSTOM_REPORTS",
            ],
        ),
        (
            Who::Support,
            "",
            &[
                "ENTER",
                "READ_REPORTS",
                "DOWNLOAD_REPORT_EXPORTS",
                "READ_SUPPORT_ACCESS",
                "READ_WHOLE_LOG",
                "KEEP_LEDGER",
                "READ_CUSTOM_REPORTS",
                "EDIT_CUSTOM_REPORTS",
            ],
        ),
    ] {
        let viewer = answer(&test.api, who.login(&test), "{ viewer { role rights } }", Value::Null).await;
        let viewer = &viewer["data"]["viewer"];
        assert_eq!(viewer["role"].as_str().unwrap_or_default(), role);
        let told: BTreeSet<_> = viewer["rights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|right| right.as_str().unwrap())
            .collect();
        let decided = [
            "ENTER",
            "READ_REPORTS",
            "EDIT_PERIODS",
            "GENERATE_REPORTS",
            "EXPORT_REPORTS",
            "REOPEN_REPORTS",
            "DOWNLOAD_REPORT_EXPORTS",
            "READ_SUPPORT_ACCESS",
            "MANAGE_SUPPORT_ACCESS",
            "READ_WHOLE_LOG",
            "KEEP_LEDGER",
            "READ_CUSTOM_REPORTS",
            "EDIT_CUSTOM_REPORTS",
        ];
        let told: Vec<_> = decided.into_iter().filter(|right| told.contains(right)).collect();
        assert_eq!(told, rights, "{who:?}");
    }
}
