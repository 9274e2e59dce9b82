//! GROUP BY: what each grouping tells apart, shows and is ordered by.

use entity::enums::{Language, UnitLevel};
use render::ColumnKind;

use super::Reading;
use super::value::choice_place;
use crate::custom_report::definition::{DatePeriod, Grouping};
use crate::custom_report::source::{self, Choice, GroupingBy};

pub(super) fn key_of(by: GroupingBy) -> &'static str {
    match by {
        GroupingBy::User => "user",
        GroupingBy::Area => "area",
        GroupingBy::Date => "date",
        GroupingBy::Organization => "organization",
        GroupingBy::Kind => "kind",
        GroupingBy::Mode => "mode",
    }
}

/// A grouping's expressions.
pub(super) struct Group {
    pub(super) shown: String,
    /// Tells groups of the same name apart.
    pub(super) id: Option<String>,
    pub(super) sorted: String,
    pub(super) joins: Vec<&'static str>,
    pub(super) header: String,
    pub(super) kind: ColumnKind,
    pub(super) reading: Reading,
}

impl Group {
    pub(super) fn of(grouping: &Grouping, user_id: &'static str, language: Language) -> Self {
        let header = GroupingBy::from(grouping).label().of(language);
        match grouping {
            Grouping::User => Self::named("l.name", user_id, &["user"], header),
            Grouping::Area { level } => {
                let (id, name, joins) = source::area(*level);
                Self::named(name, id, joins, area_header(*level, language))
            }
            Grouping::Organization => Self::named("o.name", "o.id", &[], header),
            Grouping::Date { period } => Self::dated(*period, language),
            Grouping::Kind => Self::chosen("a.kind", source::kinds(), header),
            Grouping::Mode => Self::chosen("a.mode", source::modes(), header),
        }
    }

    fn named(name: &str, id: &str, joins: &[&'static str], header: &str) -> Self {
        Self {
            shown: name.to_owned(),
            id: Some(id.to_owned()),
            sorted: format!("({name}) collate app.norwegian"),
            joins: joins.to_vec(),
            header: header.to_owned(),
            kind: ColumnKind::Text,
            reading: Reading::Text,
        }
    }

    fn chosen(sql: &str, choices: &'static [Choice], header: &str) -> Self {
        Self {
            shown: sql.to_owned(),
            id: None,
            sorted: choice_place(sql, choices),
            joins: Vec::new(),
            header: header.to_owned(),
            kind: ColumnKind::Text,
            reading: Reading::Choice(choices),
        }
    }

    fn dated(period: DatePeriod, language: Language) -> Self {
        let (format, nb, en) = match period {
            DatePeriod::Day => ("", "Dato", "Date"),
            DatePeriod::Week => ("IYYY\"-W\"IW", "Uke", "Week"),
            DatePeriod::Month => ("YYYY-MM", "Måned", "Month"),
            DatePeriod::Quarter => ("YYYY\"-Q\"Q", "Kvartal", "Quarter"),
            DatePeriod::Year => ("YYYY", "År", "Year"),
        };
        let (shown, kind, reading) = if period == DatePeriod::Day {
            ("d.local_date".to_owned(), ColumnKind::Date, Reading::Date)
        } else {
            let text = format!("to_char(d.local_date, '{format}')");
            (text, ColumnKind::Text, Reading::Text)
        };
        Self {
            sorted: shown.clone(),
            shown,
            id: None,
            joins: Vec::new(),
            header: language.pick(nb, en).to_owned(),
            kind,
            reading,
        }
    }
}

fn area_header(level: Option<UnitLevel>, language: Language) -> &'static str {
    match level {
        None => language.pick("Enhet", "Unit"),
        Some(UnitLevel::National) => language.pick("Nasjonalt ledd", "National body"),
        Some(UnitLevel::Region) => language.pick("Region", "Region"),
        Some(UnitLevel::Local) => language.pick("Lokallag", "Local branch"),
    }
}
