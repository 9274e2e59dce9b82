//! Activities, their days, and the keys of participants.

use bufdir_reports::activity::county::COUNTIES;
use bufdir_reports::kernel::actor::Standing;
use uuid::Uuid;

use crate::support::rows::Row;
use crate::support::rules;
use crate::support::{NOW, Sandbox, catalogue, id, rows};

#[tokio::test]
async fn activity_kind_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf()).without("group_kind");
    for kind in ["outreach", "course", "other"] {
        sandbox.allows(&activity.with("kind", kind).insert()).await;
    }
    sandbox
        .refuses(rules::ACTIVITY_KIND_VALID, &activity.with("kind", "camp").insert())
        .await;
}

#[tokio::test]
async fn activity_group_kind_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    sandbox.allows(&activity.insert()).await;
    sandbox.allows(&activity.with("group_kind", "activity").insert()).await;
    sandbox
        .refuses(
            rules::ACTIVITY_GROUP_KIND_VALID,
            &activity.with("group_kind", "choir").insert(),
        )
        .await;
    sandbox
        .refuses(
            rules::ACTIVITY_GROUP_KIND_VALID,
            &activity.without("group_kind").insert(),
        )
        .await;
    sandbox
        .refuses(
            rules::ACTIVITY_GROUP_KIND_VALID,
            &activity.with("kind", "course").insert(),
        )
        .await;
}

#[tokio::test]
async fn activity_mode_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    for mode in ["in_person", "digital", "phone"] {
        sandbox.allows(&activity.with("mode", mode).insert()).await;
    }
    sandbox
        .refuses(rules::ACTIVITY_MODE_VALID, &activity.with("mode", "letter").insert())
        .await;
}

#[tokio::test]
async fn activity_status_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    for status in ["pending", "approved", "rejected"] {
        sandbox.allows(&activity.with("status", status).insert()).await;
    }
    sandbox
        .refuses(rules::ACTIVITY_STATUS_VALID, &activity.with("status", "draft").insert())
        .await;
}

#[tokio::test]
async fn activity_title_length() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    sandbox.allows(&activity.with("title", "ø".repeat(300)).insert()).await;
    sandbox
        .refuses(
            rules::ACTIVITY_TITLE_LENGTH,
            &activity.with("title", "ø".repeat(301)).insert(),
        )
        .await;
}

#[tokio::test]
async fn activity_country_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    sandbox.allows(&activity.with("country", "SE").insert()).await;
    for country in ["se", "SWE", "Sverige", ""] {
        sandbox
            .refuses(
                rules::ACTIVITY_COUNTRY_VALID,
                &activity.with("country", country).insert(),
            )
            .await;
    }
}

/// The database has the names of the program's list, and no other.
#[tokio::test]
async fn county_known() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf());
    sandbox.allows(&activity.without("county").insert()).await;
    let mut names: Vec<_> = COUNTIES.iter().map(|county| county.name).collect();
    names.sort_unstable();
    names.dedup();
    for name in &names {
        sandbox.allows(&activity.with("county", name).insert()).await;
    }
    for spelling in ["OSLO", "oslo", "Oslo fylke", " Oslo", "03", ""] {
        let row = activity.with("county", spelling);
        sandbox.refuses(rules::COUNTY_KNOWN, &row.insert()).await;
    }
    let mut connection = catalogue().await;
    let source: String = sqlx::query_scalar("select pg_get_function_sqlbody('app.is_county'::regproc)")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(source.matches('\'').count(), 2 * names.len(), "{source}");
}

async fn with_activity() -> (Sandbox, Uuid) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = id();
    sandbox
        .does(&rows::activity(sandbox.hlf()).with("id", activity).insert())
        .await;
    (sandbox, activity)
}

#[tokio::test]
async fn activity_minutes_within_a_day() {
    let (sandbox, activity) = with_activity().await;
    let day = rows::activity_day(sandbox.hlf(), activity);
    for minutes in [0, 1440] {
        sandbox.allows(&day.with("minutes", minutes).insert()).await;
    }
    for minutes in [-1, 1441] {
        sandbox
            .refuses(
                rules::ACTIVITY_MINUTES_WITHIN_A_DAY,
                &day.with("minutes", minutes).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn anonymous_participants_plausible() {
    let (sandbox, activity) = with_activity().await;
    let day = rows::activity_day(sandbox.hlf(), activity);
    for number in [0, 100_000] {
        sandbox
            .allows(&day.with("anonymous_participants", number).insert())
            .await;
    }
    for number in [-1, 100_001] {
        let row = day.with("anonymous_participants", number);
        sandbox
            .refuses(rules::ANONYMOUS_PARTICIPANTS_PLAUSIBLE, &row.insert())
            .await;
    }
}

/// Tests that run at once would wait for one another's key of the same year, with the year's reports locked.
fn key_of(sandbox: &Sandbox, year: i32) -> Row {
    rows::participant_key(sandbox.hlf()).with("basis_year", year)
}

#[tokio::test]
async fn participant_key_length() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let key = key_of(&sandbox, 2016);
    sandbox.allows(&key.insert()).await;
    for bytes in [0, 31, 33] {
        let row = key.with("key", format!("\\x{}", "ab".repeat(bytes)));
        sandbox.refuses(rules::PARTICIPANT_KEY_LENGTH, &row.insert()).await;
    }
}

#[tokio::test]
async fn participant_key_erased_or_present() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let key = key_of(&sandbox, 2017);
    let erased = key.without("key").with("erased_at", NOW);
    sandbox.allows(&key.insert()).await;
    sandbox.allows(&erased.insert()).await;
    sandbox
        .refuses(
            rules::PARTICIPANT_KEY_ERASED_OR_PRESENT,
            &key.with("erased_at", NOW).insert(),
        )
        .await;
    sandbox
        .refuses(rules::PARTICIPANT_KEY_ERASED_OR_PRESENT, &key.without("key").insert())
        .await;
}

mod participant_keys {
    use super::*;

    #[tokio::test]
    async fn participants_of_the_year_erased() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let key = key_of(&sandbox, 2018);
        sandbox.does(&key.insert()).await;
        let another = "update participant_keys set erased_at = null, key = sha256('another')";
        sandbox.allows(another).await;
        sandbox
            .does(&format!("update participant_keys set key = null, erased_at = '{NOW}'"))
            .await;
        sandbox.refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, another).await;
        drop(sandbox);
        let sandbox = Sandbox::superuser().await;
        let key = key_of(&sandbox, 2019);
        sandbox.does(&key.without("key").with("erased_at", NOW).insert()).await;
        sandbox
            .refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, "delete from participant_keys")
            .await;
    }
}

mod attendances {
    use super::*;

    #[tokio::test]
    async fn participants_of_the_year_erased() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let hlf = sandbox.hlf();
        let activity = id();
        sandbox.does(&rows::activity(hlf).with("id", activity).insert()).await;
        sandbox
            .does(
                &rows::activity_day(hlf, activity)
                    .with("local_date", "2021-03-05")
                    .insert(),
            )
            .await;
        let later = rows::activity_day(hlf, activity).with("local_date", "2022-03-05");
        sandbox.does(&later.insert()).await;
        let attends = |date: &str| {
            format!(
                "insert into attendances (organization_id, activity_id, local_date, contact_id)
                 values ('{}', '{activity}', '{date}', '{}')",
                hlf.id, hlf.contacts[0]
            )
        };
        sandbox.allows(&attends("2021-03-05")).await;
        let erased = key_of(&sandbox, 2021).without("key").with("erased_at", NOW);
        sandbox.does(&erased.insert()).await;
        sandbox
            .refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, &attends("2021-03-05"))
            .await;
        sandbox.allows(&attends("2022-03-05")).await;
    }
}

#[tokio::test]
async fn erasure_waits_for_generation() {
    let erase = |sandbox: &Sandbox| {
        let key = rows::participant_key(sandbox.hlf());
        key.without("key").with("erased_at", NOW).insert()
    };
    for (status, waits) in [
        ("pending", true),
        ("generating", true),
        ("ready", false),
        ("failed", false),
    ] {
        let sandbox = Sandbox::entered(Standing::System).await;
        sandbox.report(status).await;
        let erase = erase(&sandbox);
        if waits {
            sandbox.refuses(rules::ERASURE_WAITS_FOR_GENERATION, &erase).await;
        } else {
            sandbox.allows(&erase).await;
        }
    }
}

#[tokio::test]
async fn activity_external_ref_unique() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let activity = rows::activity(sandbox.hlf()).with("external_ref", "A-1");
    sandbox.does(&activity.insert()).await;
    let other = activity.with("id", id());
    sandbox
        .refuses(rules::ACTIVITY_EXTERNAL_REF_UNIQUE, &other.insert())
        .await;
    sandbox.allows(&other.without("external_ref").insert()).await;
}

#[tokio::test]
async fn contact_external_ref_unique() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let contact = rows::contact(sandbox.hlf()).with("external_ref", "C-1");
    sandbox.does(&contact.insert()).await;
    let other = contact.with("id", id());
    sandbox
        .refuses(rules::CONTACT_EXTERNAL_REF_UNIQUE, &other.insert())
        .await;
    sandbox.allows(&other.without("external_ref").insert()).await;
}
