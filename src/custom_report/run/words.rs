//! A definition in words, as files print it. Keys are the whitelist's own.

use entity::enums::UnitLevel;

use crate::custom_report::definition::{
    Aggregation, Column, Condition, DatePeriod, FieldCondition, Grouping, Literal, Operator, Order,
};
use crate::export::table::Language;

/// Each of the conditions that all have to hold.
pub(super) fn conditions(condition: Option<&Condition>, language: Language) -> Vec<String> {
    match condition {
        None => Vec::new(),
        Some(Condition::All(parts)) => parts.iter().map(|part| phrase(part, language)).collect(),
        Some(one) => vec![phrase(one, language)],
    }
}

fn phrase(condition: &Condition, language: Language) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let parts: Vec<_> = parts.iter().map(|part| phrase(part, language)).collect();
        format!("({})", parts.join(&format!(" {word} ")))
    };
    match condition {
        Condition::All(parts) if parts.is_empty() => language.pick("alt", "everything").to_owned(),
        Condition::Any(parts) if parts.is_empty() => language.pick("ingenting", "nothing").to_owned(),
        Condition::All(parts) => joined(parts, language.pick("og", "and")),
        Condition::Any(parts) => joined(parts, language.pick("eller", "or")),
        Condition::Not(part) => format!("{} {}", language.pick("ikke", "not"), phrase(part, language)),
        Condition::Field(field) => comparison(field, language),
    }
}

fn comparison(field: &FieldCondition, language: Language) -> String {
    let FieldCondition { key, operator, values } = field;
    let values: Vec<String> = values.iter().map(literal).collect();
    let word = |nb, en| language.pick(nb, en);
    let sign = match operator {
        Operator::Equals => "=",
        Operator::NotEquals => "≠",
        Operator::In => word("er en av", "is one of"),
        Operator::NotIn => word("er ingen av", "is none of"),
        Operator::LessThan => "<",
        Operator::AtMost => "≤",
        Operator::GreaterThan => ">",
        Operator::AtLeast => "≥",
        Operator::Between => return format!("{key} {} {}", word("fra og til", "from and to"), values.join(" – ")),
        Operator::Contains => word("inneholder", "contains"),
        Operator::StartsWith => word("begynner med", "begins with"),
        Operator::IsEmpty => return format!("{key} {}", word("er tom", "is empty")),
        Operator::IsNotEmpty => return format!("{key} {}", word("er ikke tom", "is not empty")),
    };
    format!("{key} {sign} {}", values.join(", "))
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Text(text) => text.clone(),
    }
}

/// What rows are grouped by, from the outermost to the innermost.
pub(super) fn groupings(groupings: &[Grouping], language: Language) -> String {
    let names: Vec<_> = groupings.iter().map(|grouping| name(grouping, language)).collect();
    names.join(", ")
}

fn name(grouping: &Grouping, language: Language) -> &'static str {
    let word = |nb, en| language.pick(nb, en);
    match grouping {
        Grouping::User => word("likeperson", "peer mentor"),
        Grouping::Area { level: None } => word("enhet", "unit"),
        Grouping::Area {
            level: Some(UnitLevel::National),
        } => word("landsledd", "national level"),
        Grouping::Area {
            level: Some(UnitLevel::Region),
        } => word("region", "region"),
        Grouping::Area {
            level: Some(UnitLevel::Local),
        } => word("lokallag", "local unit"),
        Grouping::Date { period } => match period {
            DatePeriod::Day => word("dag", "day"),
            DatePeriod::Week => word("uke", "week"),
            DatePeriod::Month => word("måned", "month"),
            DatePeriod::Quarter => word("kvartal", "quarter"),
            DatePeriod::Year => word("år", "year"),
        },
        Grouping::Organization => word("organisasjon", "organization"),
        Grouping::Kind => word("aktivitetstype", "kind"),
        Grouping::Mode => word("form", "mode"),
    }
}

/// A column's key, with what is done to it.
pub(super) fn column(column: &Column) -> String {
    let aggregation = column.aggregation.map(|aggregation| match aggregation {
        Aggregation::Count => "count",
        Aggregation::CountDistinct => "count_distinct",
        Aggregation::Sum => "sum",
        Aggregation::Average => "average",
        Aggregation::Minimum => "minimum",
        Aggregation::Maximum => "maximum",
    });
    let order = match column.order {
        None => "",
        Some(Order::Ascending) => " ↑",
        Some(Order::Descending) => " ↓",
    };
    match aggregation {
        Some(aggregation) => format!("{aggregation}({}){order}", column.key),
        None => format!("{}{order}", column.key),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_all_has_to_hold_is_told_line_by_line() {
        let condition = serde_json::from_value(json!({ "all": [
            { "field": { "key": "kind", "operator": "in", "values": ["group", "course"] } },
            { "any": [
                { "field": { "key": "minutes", "operator": "at_least", "values": [30] } },
                { "not": { "field": { "key": "place", "operator": "is_empty" } } },
            ] },
        ] }));
        let condition: Condition = condition.unwrap();
        assert_eq!(
            conditions(Some(&condition), Language::Nb),
            ["kind er en av group, course", "(minutes ≥ 30 eller ikke place er tom)"]
        );
        assert_eq!(conditions(None, Language::Nb), Vec::<String>::new());
    }

    #[test]
    fn groupings_and_columns_are_named() {
        let grouped = [
            Grouping::Area {
                level: Some(UnitLevel::Region),
            },
            Grouping::Date {
                period: DatePeriod::Month,
            },
        ];
        assert_eq!(groupings(&grouped, Language::Nb), "region, måned");
        let hours = Column {
            key: "hours".to_owned(),
            aggregation: Some(Aggregation::Sum),
            label: None,
            order: Some(Order::Descending),
        };
        assert_eq!(column(&hours), "sum(hours) ↓");
    }
}
