//! GROUP BY: what each grouping tells apart, shows and is ordered by.

use entity::enums::{Language, UnitLevel};
use entity::{activities, activity_days, organizational_units, organizations, users};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, Func};

use super::CellKind;
use super::value::place_of_choice;
use crate::custom_report::definition::{DatePeriod, Grouping};
use crate::custom_report::expressions::{literal, norwegian};
use crate::custom_report::source::{self, Choice, DataSource, GroupingBy, Join};

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
    pub(super) shown: Expr,
    /// Tells groups of the same name apart.
    pub(super) id: Option<Expr>,
    pub(super) sorted: Expr,
    pub(super) joins: &'static [Join],
    pub(super) header: String,
    pub(super) reading: CellKind,
}

impl Group {
    pub(super) fn of(grouping: &Grouping, source: &DataSource, language: Language) -> Self {
        use organizational_units::Column::{Id, Name};
        let header = GroupingBy::from(grouping).label().of(language);
        match grouping {
            Grouping::User => {
                let name = users::Column::Name.into_expr();
                Self::named(name, source.user_id.clone(), &[Join::User], header)
            }
            Grouping::Area { level } => {
                let (name, id) = (source::area_of(*level, Name), source::area_of(*level, Id));
                let joins = source::joins_of_area(*level);
                Self::named(name, Some(id), joins, area_header(*level, language))
            }
            Grouping::Organization => {
                let (name, id) = (
                    organizations::Column::Name.into_expr(),
                    organizations::Column::Id.into_expr(),
                );
                Self::named(name, Some(id), &[], header)
            }
            Grouping::Date { period } => Self::dated(*period, language),
            Grouping::Kind => Self::chosen(activities::Column::Kind, source::KINDS, header),
            Grouping::Mode => Self::chosen(activities::Column::Mode, source::MODES, header),
        }
    }

    fn named(name: Expr, id: Option<Expr>, joins: &'static [Join], header: &str) -> Self {
        Self {
            sorted: norwegian(name.clone()),
            shown: name,
            id,
            joins,
            header: header.to_owned(),
            reading: CellKind::Text,
        }
    }

    fn chosen(column: activities::Column, choices: &'static [Choice], header: &str) -> Self {
        Self {
            shown: column.into_expr(),
            id: None,
            sorted: place_of_choice(column.into_expr(), choices),
            joins: &[],
            header: header.to_owned(),
            reading: CellKind::Choice(choices),
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
        let date = activity_days::Column::LocalDate.into_expr();
        let (shown, reading) = if period == DatePeriod::Day {
            (date, CellKind::Date)
        } else {
            let text = Func::cust("to_char").args([date, literal(format)]);
            (text.into(), CellKind::Text)
        };
        Self {
            sorted: shown.clone(),
            shown,
            id: None,
            joins: &[],
            header: language.pick(nb, en).to_owned(),
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
