//! Imports into an organization of the demo data: all or nothing, the same twice, and with bad rows skipped.

mod at_once;
mod command;
mod counties;
mod entry;

use bufdir_reports::activity::import::{self, ImportError, ImportFile, ImportKind, Outcome};
use bufdir_reports::edge::demo::DemoOrganization;
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ActorKind;

use crate::demo::{load_all, now, number};
use crate::support::{TestDatabase, database};

struct Place {
    database: TestDatabase,
    organization: DemoOrganization,
}

impl Place {
    async fn with_demo_data() -> Self {
        let database = database().await;
        let mut plan = load_all(&database, 1_000).await;
        Self {
            database,
            organization: plan.organizations.remove(0),
        }
    }

    /// Imports as the command does: one transaction, committed with its audit entry.
    async fn import(
        &self,
        kind: ImportKind,
        text: &str,
        skip_bad: bool,
        at: DateTime<Utc>,
    ) -> Result<Outcome, ImportError> {
        let id = self.organization.id;
        let scope = self.database.app().work(ActorKind::Import, id, None, at).await.unwrap();
        let file = ImportFile {
            kind,
            bytes: text.as_bytes(),
            skip_bad,
        };
        let outcome = import::run(&scope, &self.database.owner(), file, at, &|_| ()).await?;
        if let Some(entry) = outcome.entry(id, &file) {
            scope.commit([entry]).await.unwrap();
        }
        Ok(outcome)
    }

    async fn example(&self, kind: ImportKind, at: DateTime<Utc>) -> Outcome {
        let text = match kind {
            ImportKind::Units => include_str!("../../docs/examples/units.csv"),
            ImportKind::Members => include_str!("../../docs/examples/members.csv"),
            ImportKind::Contacts => include_str!("../../docs/examples/contacts.csv"),
            ImportKind::Activities => include_str!("../../docs/examples/activities.csv"),
        };
        self.import(kind, text, false, at).await.unwrap()
    }

    async fn number(&self, sql: &str) -> i64 {
        number(self.database.app(), &self.organization, sql).await
    }

    /// Changes whenever anything of the organization's activities does.
    async fn fingerprint(&self) -> i64 {
        let mut sum = 0_i64;
        for table in [
            "activities",
            "activity_days",
            "attendances",
            "activity_co_leaders",
            "activity_co_units",
            "contacts",
            "memberships",
            "organizational_units",
        ] {
            let sql =
                format!("select coalesce(sum(hashtext(t::text)), 0)::bigint from {table} t where organization_id = $1");
            sum = sum.wrapping_mul(31).wrapping_add(self.number(&sql).await);
        }
        sum
    }
}

const HEADER: &str = "referanse;dato;minutter;type;gruppetype;form;status;enhet;leder;deltakere;anonyme;tittel\n";

/// A file of activities under [`HEADER`].
fn file(rows: &[&str]) -> String {
    format!("{HEADER}{}\n", rows.join("\n"))
}

const GOOD: &str = "A1;17.05.2025;60;oppsøkende;;fysisk;godkjent;L001;likeperson@horsel.example;K000001;;Besøk";

#[tokio::test]
async fn the_examples_import_and_a_second_time_change_nothing() {
    let place = Place::with_demo_data().await;
    for (kind, expected) in [
        (ImportKind::Units, 3),
        (ImportKind::Members, 4),
        (ImportKind::Contacts, 15),
        (ImportKind::Activities, 32),
    ] {
        let outcome = place.example(kind, now()).await;
        assert_eq!(
            (outcome.created, outcome.updated, outcome.unchanged, outcome.skipped),
            (expected, 0, 0, 0),
            "{kind:?}"
        );
    }
    assert_eq!(
        place.number("select count(*) from activity_days d join activities a on a.organization_id = $1 and a.id = d.activity_id
            where d.organization_id = $1 and a.external_ref = 'E-022'").await,
        3
    );
    let before = place.fingerprint().await;
    for (kind, expected) in [
        (ImportKind::Units, 3),
        (ImportKind::Members, 4),
        (ImportKind::Contacts, 15),
        (ImportKind::Activities, 32),
    ] {
        let outcome = place.example(kind, now() + TimeDelta::days(1)).await;
        assert_eq!(
            (outcome.created, outcome.updated, outcome.unchanged),
            (0, 0, expected),
            "{kind:?}"
        );
    }
    assert_eq!(place.fingerprint().await, before);
}

#[tokio::test]
async fn one_bad_row_keeps_everything_out_and_all_bad_rows_are_named() {
    let place = Place::with_demo_data().await;
    let before = place.fingerprint().await;
    let text = file(&[
        GOOD,
        "A2;31.04.2025;60;oppsøkende;;fysisk;godkjent;L001;likeperson@horsel.example;K000001;;Besøk",
        "A3;17.05.2025;60;gruppe;;fysisk;godkjent;L999;ingen@horsel.example;K000001,K9;;\"Tittel på\nto linjer\"",
        "A4;17.05.2027;60;oppsøkende;;fysisk;godkjent;L001;;;1;I fremtiden",
    ]);
    let Err(ImportError::Rows(errors)) = place.import(ImportKind::Activities, &text, false, now()).await else {
        panic!("bad rows were taken");
    };
    let found: Vec<_> = errors.iter().map(|error| (error.line, error.column.as_str())).collect();
    assert_eq!(
        found,
        [
            (3, "dato"),
            (4, "deltakere"),
            (4, "enhet"),
            (4, "gruppetype"),
            (4, "leder"),
            (4, "tittel"),
            (6, "dato")
        ]
    );
    assert_eq!(place.fingerprint().await, before);
}

#[tokio::test]
async fn bad_rows_are_skipped_with_the_whole_of_their_activity() {
    let place = Place::with_demo_data().await;
    let text = file(&[
        GOOD,
        "A2;17.05.2025;60;kurs;;fysisk;godkjent;L001;likeperson@horsel.example;;9;Kurs",
        "A2;18.05.2025;60;gruppe;;fysisk;godkjent;L001;likeperson@horsel.example;;9;Kurs",
    ]);
    let outcome = place.import(ImportKind::Activities, &text, true, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.skipped), (1, 2));
    assert_eq!(outcome.errors.len(), 1);
    assert_eq!((outcome.errors[0].line, outcome.errors[0].column.as_str()), (4, "type"));
    assert_eq!(
        place
            .number("select count(*) from activities where organization_id = $1 and external_ref = 'A2'")
            .await,
        0
    );

    let corrected = String::from_utf8(outcome.skipped_rows.unwrap())
        .unwrap()
        .replace(";gruppe;", ";kurs;");
    let outcome = place
        .import(ImportKind::Activities, &corrected, false, now())
        .await
        .unwrap();
    assert_eq!((outcome.created, outcome.skipped), (1, 0));
}

#[tokio::test]
async fn a_changed_row_updates_its_activity_alone() {
    let place = Place::with_demo_data().await;
    let other = GOOD.replace("A1", "A2");
    place
        .import(ImportKind::Activities, &file(&[GOOD, &other]), false, now())
        .await
        .unwrap();
    let later = now() + TimeDelta::hours(1);
    let changed = GOOD.replace(";60;", ";75;").replace("K000001", "K000002|K000003");
    let outcome = place
        .import(ImportKind::Activities, &file(&[&changed, &other]), false, later)
        .await
        .unwrap();
    assert_eq!((outcome.created, outcome.updated, outcome.unchanged), (0, 1, 1));
    let sql =
        "select count(*) from activities a join activity_days d on d.organization_id = $1 and d.activity_id = a.id
        join attendances t on t.organization_id = $1 and t.activity_id = a.id
        where a.organization_id = $1 and a.external_ref = 'A1' and d.minutes = 75 and a.updated_at > a.created_at";
    assert_eq!(place.number(sql).await, 2);
    let sql = "select count(*) from activities where organization_id = $1 and external_ref = 'A2' and updated_at < created_at + interval '1 second'";
    assert_eq!(place.number(sql).await, 1);
}

/// An activity is what its rows say: a day without a row goes, with whoever attended it.
#[tokio::test]
async fn a_day_that_the_file_leaves_out_is_removed_and_counted() {
    let place = Place::with_demo_data().await;
    let of_the_next_day = GOOD.replace("17.05.2025", "18.05.2025");
    let both = file(&[GOOD, &of_the_next_day]);
    let outcome = place.import(ImportKind::Activities, &both, false, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.days_removed), (1, 0));
    let outcome = place
        .import(ImportKind::Activities, &file(&[&of_the_next_day]), false, now())
        .await
        .unwrap();
    assert_eq!((outcome.updated, outcome.days_removed), (1, 1));
    let sql =
        "select count(*) from activity_days d join activities a on a.organization_id = $1 and a.id = d.activity_id
        join attendances t on t.organization_id = $1 and t.activity_id = a.id and t.local_date = d.local_date
        where d.organization_id = $1 and a.external_ref = 'A1'";
    assert_eq!(place.number(sql).await, 1);
    let moved = GOOD.replace("17.05.2025", "19.05.2025");
    let outcome = place
        .import(ImportKind::Activities, &file(&[&moved, GOOD]), false, now())
        .await
        .unwrap();
    assert_eq!((outcome.updated, outcome.days_removed), (1, 1));
}

/// Rows must not vanish into a cell, whatever is skipped.
#[tokio::test]
async fn rows_after_a_quote_that_is_not_closed_are_not_swallowed() {
    let place = Place::with_demo_data().await;
    let before = place.fingerprint().await;
    let title = |reference: &str, title: &str| GOOD.replace("A1", reference).replace(";Besøk", &format!(";{title}"));
    let never_closed = file(&[&title("A1", "\"Besøk"), &title("A2", "Besøk"), &title("A3", "Besøk")]);
    let closed_by_another = file(&[
        &title("A1", "\"Besøk"),
        &title("A2", "\"Besøk\""),
        &title("A3", "Besøk"),
    ]);
    for text in [never_closed, closed_by_another] {
        let Err(ImportError::File(errors)) = place.import(ImportKind::Activities, &text, true, now()).await else {
            panic!("rows were swallowed: {text}");
        };
        assert_eq!((errors[0].line, errors[0].column.as_str()), (2, "tittel"));
    }
    let taken_for_closed = file(&[&title("A1", "\"Besøk"), &title("A2", "Besøk\""), &title("A3", "Besøk")]);
    let Err(ImportError::Rows(errors)) = place
        .import(ImportKind::Activities, &taken_for_closed, false, now())
        .await
    else {
        panic!("a row was swallowed");
    };
    let found: Vec<_> = errors.iter().map(|error| (error.line, error.column.as_str())).collect();
    assert_eq!(found, [(2, "tittel")]);
    assert_eq!(place.fingerprint().await, before);
}

#[tokio::test]
async fn units_stand_below_their_parents_whatever_the_order_of_rows() {
    let place = Place::with_demo_data().await;
    let text = "referanse;navn;nivå;overordnet\nU2;Gren;lokalt;U1\nU1;Region;region;\nU3;Under gren;lokalt;U2\nN2;To;nasjonalt;\n";
    let Err(ImportError::Rows(errors)) = place.import(ImportKind::Units, text, false, now()).await else {
        panic!("a branch below a branch was taken");
    };
    assert_eq!(
        errors
            .iter()
            .map(|error| (error.line, error.column.as_str()))
            .collect::<Vec<_>>(),
        [(4, "overordnet"), (5, "nivå")]
    );
    let outcome = place.import(ImportKind::Units, text, true, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.skipped), (2, 2));
}

/// What was not there before is a change, or it would not be committed.
#[tokio::test]
async fn a_national_unit_that_gets_its_reference_is_changed() {
    let place = Place::with_demo_data().await;
    let text = format!("referanse;navn;nivå\nN;{};nasjonalt\n", place.organization.name);
    let outcome = place.import(ImportKind::Units, &text, false, now()).await.unwrap();
    assert_eq!((outcome.updated, outcome.unchanged), (0, 1));
    place
        .database
        .arrange("update organizational_units set external_ref = null where level = 'national'")
        .await;
    let outcome = place.import(ImportKind::Units, &text, false, now()).await.unwrap();
    assert_eq!((outcome.updated, outcome.unchanged), (1, 0));
}

/// An address that belongs to somebody already gets a membership, not a second account, and keeps its name.
#[tokio::test]
async fn members_share_accounts_between_organizations() {
    let place = Place::with_demo_data().await;
    let text =
        "e-post,navn,rolle\nadmin@ledd.example,Et Annet Navn,coordinator\nAdmin@Ledd.example,Igjen,coordinator\n";
    let Err(ImportError::Rows(errors)) = place.import(ImportKind::Members, text, false, now()).await else {
        panic!("an address was taken twice");
    };
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3]);
    let outcome = place.import(ImportKind::Members, text, true, now()).await.unwrap();
    assert_eq!(outcome.created, 1);
    let sql = "select count(*) from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and u.email = 'admin@ledd.example' and u.name <> 'Et Annet Navn'";
    assert_eq!(place.number(sql).await, 1);
}

/// Otherwise nobody could let support in, or make another.
#[tokio::test]
async fn the_last_admin_stays_one() {
    let place = Place::with_demo_data().await;
    let header = "e-post,navn,rolle,aktiv\n";
    for (row, column) in [("likeperson,ja", "rolle"), ("administrator,nei", "aktiv")] {
        let text = format!("{header}Admin@Horsel.example,Ada,{row}\nny@horsel.example,Ny,likeperson,ja\n");
        let Err(ImportError::Rows(errors)) = place.import(ImportKind::Members, &text, false, now()).await else {
            panic!("the last admin was made something else");
        };
        let found: Vec<_> = errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(found, [(2, column)]);
    }
    let text = format!("{header}admin@horsel.example,Ada,likeperson,ja\nny@horsel.example,Ny,administrator,ja\n");
    let outcome = place.import(ImportKind::Members, &text, false, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.updated), (1, 1));
    let text = format!("{header}admin@horsel.example,Ada,administrator,ja\nny@horsel.example,Ny,administrator,nei\n");
    let outcome = place.import(ImportKind::Members, &text, false, now()).await.unwrap();
    assert_eq!(outcome.updated, 2);
}

/// More rows than go into one round trip, all of one date: the foreign keys' checks must not read through them all.
#[tokio::test]
async fn a_long_file_is_written_in_batches() {
    let place = Place::with_demo_data().await;
    let rows: Vec<_> = (0..5_000).map(|row| GOOD.replace("A1", &format!("B{row}"))).collect();
    let text = file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let outcome = place.import(ImportKind::Activities, &text, false, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.unchanged), (5_000, 0));
    let outcome = place.import(ImportKind::Activities, &text, false, now()).await.unwrap();
    assert_eq!((outcome.created, outcome.unchanged), (0, 5_000));
}
