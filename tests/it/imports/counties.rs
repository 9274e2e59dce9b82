//! Counties have one spelling, whatever a file's; AK11 counts them.

use super::*;

const HEADER: &str = "referanse;dato;minutter;type;form;status;enhet;leder;anonyme;fylke;land\n";

fn activities(rows: &[(&str, &str, &str)]) -> String {
    let rows = rows.iter().enumerate().map(|(number, (date, county, country))| {
        format!("C{number};{date};60;oppsøkende;fysisk;godkjent;L001;likeperson@horsel.example;1;{county};{country}\n")
    });
    HEADER.to_owned() + &rows.collect::<String>()
}

async fn counties_of(place: &Place, reference: &str) -> i64 {
    let sql = format!(
        "select count(distinct county) from activities where organization_id = $1 and external_ref like '{reference}'"
    );
    place.number(&sql).await
}

#[tokio::test]
async fn one_county_in_many_spellings_is_one() {
    let place = Place::with_demo_data().await;
    let spellings = ["Oslo", "OSLO", "oslo", "Oslo fylke", "03", "Oslo - Oslove", ""];
    let rows = spellings.map(|spelling| ("17.05.2025", spelling, ""));
    let outcome = place
        .import(ImportKind::Activities, &activities(&rows), false, now())
        .await
        .unwrap();
    assert_eq!(outcome.created, 7);
    assert_eq!(counties_of(&place, "C%").await, 1);
    let sql =
        "select count(*) from activities where organization_id = $1 and external_ref like 'C%' and county = 'Oslo'";
    assert_eq!(place.number(sql).await, 7);
}

/// L001 is in Oslo; its region is F01.
#[tokio::test]
async fn a_county_is_one_of_its_day() {
    let place = Place::with_demo_data().await;
    let rows = [
        ("31.12.2023", "Viken", ""),
        ("01.01.2024", "Viken", ""),
        ("31.12.2023", "Akershus", ""),
        ("01.01.2024", "Akershus", ""),
        ("17.05.2025", "Osslo", ""),
        ("17.05.2025", "Skåne", "SE"),
        ("17.05.2025", "", "SE"),
    ];
    let outcome = place
        .import(ImportKind::Activities, &activities(&rows), true, now())
        .await
        .unwrap();
    assert_eq!((outcome.created, outcome.skipped), (3, 4));
    let found: Vec<_> = outcome.errors.iter().map(|error| error.to_string()).collect();
    assert!(
        found[0].contains("line 3, fylke: \"Viken\" was no county on 2024-01-01: write Østfold, Akershus or Buskerud"),
        "{found:?}"
    );
    assert!(
        found[1].contains("line 4, fylke: \"Akershus\" was no county on 2023-12-31: write Viken"),
        "{found:?}"
    );
    assert!(found[2].contains("line 6, fylke: \"Osslo\" is no county"), "{found:?}");
    assert!(
        found[3].contains("line 7, fylke: \"Skåne\" is given, and the country is SE"),
        "{found:?}"
    );
    let abroad =
        "select count(*) from activities where organization_id = $1 and external_ref = 'C6' and county is null";
    assert_eq!(place.number(abroad).await, 1);
}

/// An activity without a county has its unit's, or the one of which that was a part.
#[tokio::test]
async fn a_units_county_is_that_of_the_activitys_day() {
    let place = Place::with_demo_data().await;
    let units = "referanse;navn;nivå;overordnet;fylke\nU1;Bærum;lokalt;F01;AKERSHUS fylke\nU2;Drammen;lokalt;F01;Viken\nU3;Nesodden;lokalt;F01;Akerhus\n";
    let Err(ImportError::Rows(errors)) = place.import(ImportKind::Units, units, false, now()).await else {
        panic!("an unknown county was taken");
    };
    assert_eq!(
        (errors.len(), errors[0].line, errors[0].column.as_str()),
        (1, 4, "fylke")
    );
    let outcome = place.import(ImportKind::Units, units, true, now()).await.unwrap();
    assert_eq!(outcome.created, 2);
    let rows = [("17.05.2023", "", ""), ("17.05.2024", "", "")];
    let text = activities(&rows).replace("L001", "U1");
    place.import(ImportKind::Activities, &text, false, now()).await.unwrap();
    for (reference, county) in [("C0", "Viken"), ("C1", "Akershus")] {
        let sql = format!(
            "select count(*) from activities where organization_id = $1 and external_ref = '{reference}' and county = '{county}'"
        );
        assert_eq!(place.number(&sql).await, 1, "{county}");
    }
    let text = activities(&rows)
        .replace("L001", "U2")
        .replace("17.05.2023", "31.12.2023");
    let text = text.replace("C1;17.05.2024", "C0;01.01.2024");
    let outcome = place.import(ImportKind::Activities, &text, true, now()).await.unwrap();
    let said = outcome.errors[0].to_string();
    assert!(
        said.contains("line 2, fylke: is empty, and the unit's, \"Viken\", was no county on 2024-01-01"),
        "{said}"
    );
    let text = text.replace("U2", "U1");
    let outcome = place.import(ImportKind::Activities, &text, true, now()).await.unwrap();
    let said = outcome.errors[0].to_string();
    assert!(
        said.contains("line 2, fylke: became Akershus with the new year"),
        "{said}"
    );
}
