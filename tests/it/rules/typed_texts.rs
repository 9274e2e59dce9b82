//! A text that people type or import has no control characters but tabs and line breaks, in whichever table it is.

use ::bufdir_reports::kernel::actor::Standing;
use serde_json::{Value, json};

use super::generations::submission;
use crate::support::report::report_row;
use crate::support::rows::Row;
use crate::support::rules::TEXT_WITHOUT_CONTROL_CHARACTERS;
use crate::support::{Sandbox, rows};

const TAKEN: &str = "Lørdag\t10–12\r\nPåmelding: \u{200f}ja\n\u{a0}🎉";
/// The first and the last of each range that is refused.
const REFUSED: [char; 8] = [
    '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1f}', '\u{7f}', '\u{9f}',
];

async fn check(sandbox: &Sandbox, row: &Row, columns: &[&'static str]) {
    for column in columns {
        sandbox.allows(&row.with(column, TAKEN).insert()).await;
        for control in REFUSED {
            let row = row.with(column, format!("a{control}b"));
            sandbox.refuses(TEXT_WITHOUT_CONTROL_CHARACTERS, &row.insert()).await;
        }
    }
}

/// The same of a document's text, wherever it stands in it.
async fn check_document(sandbox: &Sandbox, row: &Row, column: &'static str, document: impl Fn(&str) -> Value) {
    sandbox.allows(&row.with(column, document(TAKEN)).insert()).await;
    for control in REFUSED {
        let row = row.with(column, document(&format!("a{control}b")));
        sandbox.refuses(TEXT_WITHOUT_CONTROL_CHARACTERS, &row.insert()).await;
    }
}

mod organizations {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::owner().await;
        check(&sandbox, &rows::organization(), &["name"]).await;
    }
}

mod users {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::owner().await;
        check(&sandbox, &rows::user(), &["name"]).await;
    }
}

mod support_access {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
        check(&sandbox, &rows::support_access(&sandbox.fixture), &["reason"]).await;
    }
}

mod organizational_units {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::System).await;
        check(&sandbox, &rows::unit(sandbox.hlf()), &["name", "external_ref"]).await;
    }
}

mod contacts {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::System).await;
        check(&sandbox, &rows::contact(sandbox.hlf()), &["name", "external_ref"]).await;
    }
}

mod activities {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::System).await;
        check(
            &sandbox,
            &rows::activity(sandbox.hlf()),
            &["title", "place", "co_organiser", "external_ref"],
        )
        .await;
    }
}

mod report_periods {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        check(&sandbox, &rows::period(sandbox.hlf()), &["name"]).await;
    }
}

mod bufdir_reports {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::System).await;
        check(&sandbox, &report_row(sandbox.hlf()), &["notes"]).await;
    }
}

mod period_figures {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let figure = rows::figure(sandbox.hlf());
        check_document(&sandbox, &figure, "value", |text| json!(text)).await;
        check_document(&sandbox, &figure, "value", |text| json!({ "reference": text })).await;
    }
}

mod report_generations {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = sandbox.report("exported").await;
        let submitted =
            |reference: &str| report.update_generation(&submission(sandbox.hlf()).replace("REF 1", reference));
        for control in REFUSED {
            let reference = submitted(&format!("a{control}b"));
            sandbox.refuses(TEXT_WITHOUT_CONTROL_CHARACTERS, &reference).await;
        }
        sandbox.allows(&submitted(TAKEN)).await;
    }
}

mod custom_reports {
    use super::*;

    #[tokio::test]
    async fn text_without_control_characters() {
        let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
        let report = rows::custom_report(sandbox.hlf());
        check(&sandbox, &report, &["name", "description"]).await;
        let filter = |text: &str| json!({ "version": 1, "all": [{ "field": "place", "equals": text }] });
        check_document(&sandbox, &report, "filters", filter).await;
        check_document(&sandbox, &report, "groupings", |text| json!([{ "label": text }])).await;
        check_document(&sandbox, &report, "columns", |text| json!([{ "label": text }])).await;
    }
}
