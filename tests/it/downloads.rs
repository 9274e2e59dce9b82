//! Downloads by signed links: who gets the file, what is counted and recorded, and when there is no file.

use axum::http::StatusCode;
use bufdir_reports::export::download::link::Link;
use bufdir_reports::kernel::error::Error;
use chrono::TimeDelta;
use entity::enums::ExportFormat;
use futures::future::join_all;
use rstest::rstest;

use crate::support::download::{CONTENT, Downloads, body, downloads, refused};
use crate::support::rules;

#[tokio::test]
async fn a_download_is_the_stored_file_counted_and_recorded() {
    let downloads = downloads().await;
    let response = downloads.get(&downloads.link().await).await;
    assert_eq!(response.status(), StatusCode::OK);
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.contains("filename=\"Bufdir-rapport 2024 - Hoerselsforbundet.csv\""),
        "{disposition}"
    );
    assert_eq!(body(response).await, CONTENT);

    let file = downloads.test.operation(downloads.operation.id).await.file.unwrap();
    assert_eq!(file.download_count, 1);
    assert_eq!(
        file.last_downloaded_at.map(|at| at.0),
        Some(downloads.test.database.now())
    );
    let entry = downloads.test.trail().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.actor_kind.as_str()),
        ("file_downloaded", "user")
    );
    assert_eq!(entry.actor_user_id, Some(downloads.test.hlf().coordinator));
    assert_eq!(entry.report_id, Some(downloads.test.report));
}

#[rstest]
#[case::head("HEAD", &[], StatusCode::OK, "", 0)]
#[case::continuation_of_nothing("GET", &[("range", "bytes=20-")], StatusCode::PARTIAL_CONTENT, &CONTENT[20..], 1)]
#[case::beginning("GET", &[("range", "bytes=0-2")], StatusCode::PARTIAL_CONTENT, "\u{feff}", 1)]
#[case::whole_by_its_end("GET", &[("range", "bytes=-5000")], StatusCode::PARTIAL_CONTENT, CONTENT, 1)]
#[case::end_alone("GET", &[("range", "bytes=-4")], StatusCode::PARTIAL_CONTENT, "12\r\n", 1)]
#[case::several("GET", &[("range", "bytes=3-4,8-9")], StatusCode::OK, CONTENT, 1)]
#[case::of_another_version("GET", &[("range", "bytes=20-"), ("if-range", "\"another\"")], StatusCode::OK, CONTENT, 1)]
#[case::of_a_head("HEAD", &[("range", "bytes=0-2")], StatusCode::OK, "", 0)]
#[case::beyond("GET", &[("range", "bytes=5000-")], StatusCode::RANGE_NOT_SATISFIABLE, "", 0)]
#[tokio::test]
async fn what_begins_at_the_first_byte_is_counted(
    #[case] method: &str,
    #[case] headers: &[(&str, &str)],
    #[case] status: StatusCode,
    #[case] content: &str,
    #[case] count: i64,
) {
    let downloads = downloads().await;
    let response = downloads.send(method, &downloads.link().await, headers).await;
    assert_eq!(response.status(), status);
    assert_eq!(body(response).await, content);
    assert_eq!(downloads.count().await, count);
    assert_eq!(downloads.actions().await.len(), usize::try_from(count).unwrap());
}

#[tokio::test]
async fn a_range_that_continues_a_download_is_not_counted_again() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    for range in ["bytes=0-9", "bytes=10-19", "bytes=20-"] {
        let response = downloads.send("GET", &link, &[("range", range)]).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    }
    assert_eq!(downloads.count().await, 1);
    assert_eq!(downloads.actions().await, ["file_downloaded"]);

    // Somebody else began nothing.
    let other = downloads.link_for(downloads.test.hlf().admin).await.unwrap();
    downloads.send("GET", &other, &[("range", "bytes=10-")]).await;
    assert_eq!(downloads.count().await, 2);
}

#[tokio::test]
async fn concurrent_downloads_are_counted_exactly() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    let responses = join_all((0..20).map(|_| downloads.get(&link))).await;
    for response in responses {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(response).await, CONTENT);
    }
    assert_eq!(downloads.count().await, 20);
    assert_eq!(downloads.actions().await, vec!["file_downloaded"; 20]);
}

#[tokio::test]
async fn an_expired_link_opens_nothing() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    downloads.test.database.clock.advance(TimeDelta::minutes(15));
    refused(downloads.get(&link).await, StatusCode::FORBIDDEN, "LINK_EXPIRED").await;
    assert_eq!(downloads.count().await, 0);
}

#[tokio::test]
async fn an_altered_or_invented_link_opens_nothing() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    let altered = link.replacen("/files/A", "/files/B", 1);
    let first = altered.chars().nth(7).unwrap();
    let altered = if altered == link {
        link.replacen(first, if first == 'C' { "D" } else { "C" }, 1)
    } else {
        altered
    };
    for path in [altered.as_str(), "/files/AAAA/report.csv", "/files/%C3%A6/report.csv"] {
        for method in ["GET", "HEAD"] {
            assert_eq!(
                downloads.send(method, path, &[]).await.status(),
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
        refused(downloads.get(path).await, StatusCode::FORBIDDEN, "LINK_INVALID").await;
    }
    assert!(downloads.actions().await.is_empty());
}

/// A link can name nothing that its own organization and user don't have; there is no telling a foreign file from none.
#[tokio::test]
async fn a_link_to_another_organizations_file_opens_nothing() {
    let downloads = downloads().await;
    let nhf = &downloads.test.database.fixture.nhf;
    let hlf = downloads.test.hlf();
    let now = downloads.test.database.now();
    let mut answers = Vec::new();
    for (file, organization, user) in [
        (downloads.operation.id, nhf.id, nhf.admin),
        (downloads.test.database.new_id(), nhf.id, nhf.admin),
        (downloads.operation.id, hlf.id, nhf.admin),
    ] {
        let link = Link::new(file, organization, user, None, now);
        let response = downloads.get(&downloads.links.key.path(&link, "report.csv")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        answers.push(body(response).await);
    }
    assert!(answers[0].contains("RIGHT_LOST"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(downloads.count().await, 0);
}

#[rstest]
#[case::membership("update memberships set is_active = false where user_id = 'PERSON'")]
#[case::role("update memberships set role = 'peer_mentor' where user_id = 'PERSON'")]
#[case::person("update users set is_active = false where id = 'PERSON'")]
#[tokio::test]
async fn a_link_dies_with_the_right(#[case] sql: &str) {
    let downloads = downloads().await;
    let link = downloads.link().await;
    let person = downloads.test.hlf().coordinator;
    downloads
        .test
        .database
        .arrange(sql.replace("PERSON", &person.to_string()))
        .await;
    refused(downloads.get(&link).await, StatusCode::FORBIDDEN, "RIGHT_LOST").await;
    let entry = downloads.test.trail().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.actor_user_id),
        ("download_refused", Some(person))
    );
    assert_eq!(entry.details["reason"], "RIGHT_LOST");
}

#[tokio::test]
async fn a_link_made_under_a_grant_dies_with_the_grant() {
    let downloads = downloads().await;
    let admin = downloads.test.database.fixture.global_admin;
    downloads.test.grant_support_access().await;
    let link = downloads.link_for(admin).await.unwrap();
    assert_eq!(downloads.get(&link).await.status(), StatusCode::OK);
    let entry = downloads.test.trail().await.pop().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.actor_kind.as_str()),
        ("file_downloaded", "support")
    );

    downloads.test.revoke_support_access().await;
    refused(downloads.get(&link).await, StatusCode::FORBIDDEN, "RIGHT_LOST").await;
    // A further grant does not bring the old link back.
    downloads.test.grant_support_access().await;
    refused(downloads.get(&link).await, StatusCode::FORBIDDEN, "RIGHT_LOST").await;
    assert_eq!(downloads.count().await, 1);
}

#[rstest]
#[case::tampered(Some("other bytes"), "FILE_CHANGED")]
#[case::cut(Some(""), "FILE_CHANGED")]
#[case::gone(None, "FILE_MISSING")]
#[tokio::test]
async fn a_file_that_was_changed_in_storage_is_never_sent(#[case] content: Option<&str>, #[case] code: &str) {
    let downloads = downloads().await;
    let link = downloads.link().await;
    match content {
        Some(content) => std::fs::write(downloads.stored_file(), content).unwrap(),
        None => std::fs::remove_file(downloads.stored_file()).unwrap(),
    }
    refused(downloads.get(&link).await, StatusCode::CONFLICT, code).await;
    let part = downloads.send("GET", &link, &[("range", "bytes=5-")]).await;
    refused(part, StatusCode::CONFLICT, code).await;
    assert_eq!(downloads.count().await, 0);
    let expected = [
        "integrity_checked",
        "download_refused",
        "integrity_checked",
        "download_refused",
    ];
    assert_eq!(downloads.actions().await, expected);
    let entry = downloads.test.trail().await.pop().unwrap();
    assert_eq!(entry.details["reason"], code);
    assert_eq!(entry.report_id, Some(downloads.test.report));
}

/// A superuser's trigger that breaks some writes.
async fn break_writes(downloads: &Downloads, table: &str, condition: &str) {
    let sql = format!(
        "create function public.out_of_order() returns trigger language plpgsql
             as $$ begin raise exception 'out of order'; end $$;
         create trigger out_of_order before insert or update on {table} for each row when ({condition})
             execute function public.out_of_order()"
    );
    downloads.test.database.arrange(sql).await;
}

#[tokio::test]
async fn download_audit_required() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    break_writes(&downloads, "audit_logs", "new.action = 'file_downloaded'").await;
    refused(
        downloads.get(&link).await,
        StatusCode::SERVICE_UNAVAILABLE,
        "DOWNLOAD_NOT_RECORDED",
    )
    .await;
    assert_eq!(downloads.count().await, 0);
    assert_eq!(downloads.actions().await, ["download_refused"]);
}

#[tokio::test]
async fn no_file_is_sent_when_not_even_the_refusal_can_be_recorded() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    break_writes(&downloads, "audit_logs", "true").await;
    refused(
        downloads.get(&link).await,
        StatusCode::SERVICE_UNAVAILABLE,
        "DOWNLOAD_NOT_RECORDED",
    )
    .await;
    assert_eq!(downloads.count().await, 0);
}

#[tokio::test]
async fn no_file_is_sent_that_could_not_be_counted() {
    let downloads = downloads().await;
    let link = downloads.link().await;
    break_writes(&downloads, "files", "true").await;
    refused(
        downloads.get(&link).await,
        StatusCode::SERVICE_UNAVAILABLE,
        "DOWNLOAD_NOT_RECORDED",
    )
    .await;
    assert_eq!(downloads.actions().await, ["download_refused"]);
}

#[tokio::test]
async fn links_are_for_those_who_may_download_a_file_that_is_there() {
    let downloads = downloads().await;
    let hlf = downloads.test.hlf();
    let peer = downloads.link_for(hlf.peers[0]).await.unwrap_err();
    assert_eq!(peer.broken_rule(), Some(rules::ROLE_REQUIRED_FOR_EXPORT));

    let nhf = downloads.test.database.fixture.nhf.admin;
    let scope = downloads.test.database.read(nhf, "nhf").await.unwrap();
    let foreign = downloads
        .links
        .create(&scope, downloads.operation.id)
        .await
        .unwrap_err();
    assert!(matches!(foreign, Error::NotFound(_)), "{foreign:?}");

    let pending = downloads.test.asked(ExportFormat::Pdf).await;
    let scope = downloads.test.database.read(hlf.coordinator, "hlf").await.unwrap();
    let early = downloads.links.create(&scope, pending).await.unwrap_err();
    assert_eq!(early.broken_rule(), Some(rules::FILE_URL_REQUIRES_COMPLETE_STATUS));
}
