//! How long texts may be that people type in or import: files print them. Counties are names of a list besides.

use std::fmt::Display;

use ::bufdir_reports::kernel::actor::Standing;
use ::bufdir_reports::kernel::rule::Rule;

use crate::support::rows::Row;
use crate::support::rules;
use crate::support::{Sandbox, id, rows};

/// A column takes so many characters, however many bytes they are, and not one more.
async fn takes(sandbox: &Sandbox, rule: Rule, row: &Row, column: &'static str, most: usize) {
    sandbox.allows(&row.with(column, "ø".repeat(most)).insert()).await;
    let too_long = row.with(column, "ø".repeat(most + 1));
    sandbox.refuses(rule, &too_long.insert()).await;
}

#[tokio::test]
async fn period_name_length() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf());
    takes(&sandbox, rules::PERIOD_NAME_LENGTH, &period, "name", 200).await;
}

#[tokio::test]
async fn figure_text_length() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let figure = rows::figure(sandbox.hlf());
    let text = |length: usize| format!("\"{}\"", "ø".repeat(length));
    let document = |length: usize| format!("{{\"reference\": {}}}", text(length));
    for fits in [text(500), document(500), "12".to_owned()] {
        sandbox.allows(&figure.with("value", fits).insert()).await;
    }
    for too_long in [text(501), document(501)] {
        let figure = figure.with("value", too_long);
        sandbox.refuses(rules::FIGURE_TEXT_LENGTH, &figure.insert()).await;
    }
}

#[tokio::test]
async fn support_access_reason_length() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let grant = rows::support_access(&sandbox.fixture);
    takes(&sandbox, rules::SUPPORT_ACCESS_REASON_LENGTH, &grant, "reason", 1000).await;
}

mod organizations {
    use super::*;

    #[tokio::test]
    async fn short_text_length() {
        let sandbox = Sandbox::owner().await;
        takes(&sandbox, rules::SHORT_TEXT_LENGTH, &rows::organization(), "name", 300).await;
    }
}

mod users {
    use super::*;

    #[tokio::test]
    async fn short_text_length() {
        let sandbox = Sandbox::owner().await;
        takes(&sandbox, rules::SHORT_TEXT_LENGTH, &rows::user(), "name", 300).await;
        let address = |letters: usize| rows::user().with("email", format!("{}@example.org", "a".repeat(letters)));
        sandbox.allows(&address(288).insert()).await;
        sandbox.refuses(rules::SHORT_TEXT_LENGTH, &address(289).insert()).await;
    }
}

mod organizational_units {
    use super::*;

    #[tokio::test]
    async fn short_text_length() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let unit = rows::unit(sandbox.hlf());
        for column in ["name", "external_ref"] {
            takes(&sandbox, rules::SHORT_TEXT_LENGTH, &unit, column, 300).await;
        }
    }
}

mod contacts {
    use super::*;

    #[tokio::test]
    async fn short_text_length() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let columns: [(&str, &dyn Display); 2] = [("organization_id", &sandbox.hlf().id), ("id", &id())];
        let contact = Row::new("contacts", &columns);
        for column in ["name", "external_ref"] {
            takes(&sandbox, rules::SHORT_TEXT_LENGTH, &contact, column, 300).await;
        }
    }
}

mod activities {
    use super::*;

    #[tokio::test]
    async fn short_text_length() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let activity = rows::activity(sandbox.hlf());
        for column in ["place", "co_organiser", "external_ref"] {
            takes(&sandbox, rules::SHORT_TEXT_LENGTH, &activity, column, 300).await;
        }
    }
}
