//! A definition in words, as files print it: with the labels of the file's language, and units and people by their names.

use std::collections::BTreeMap;

use entity::enums::Language;
use uuid::Uuid;

use crate::custom_report::compile::header_of;
use crate::custom_report::definition::{Operator, Order};
use crate::custom_report::source::{FieldKind, SourceField};
use crate::custom_report::valid::{CheckedColumn, CheckedCondition, Typed};

/// What a definition is put into words with.
pub(super) struct DefinitionWords {
    pub(super) language: Language,
    /// Of the units and people that conditions name. One without a name here is printed by its id.
    pub(super) names: BTreeMap<Uuid, String>,
}

impl DefinitionWords {
    /// Each of the conditions that all have to hold.
    pub(super) fn conditions(&self, condition: Option<&CheckedCondition>) -> Vec<String> {
        match condition {
            None => Vec::new(),
            Some(CheckedCondition::All(parts)) => parts.iter().map(|part| self.phrase(part)).collect(),
            Some(one) => vec![self.phrase(one)],
        }
    }

    fn phrase(&self, condition: &CheckedCondition) -> String {
        let joined = |parts: &[CheckedCondition], word: &str| {
            let parts: Vec<_> = parts.iter().map(|part| self.phrase(part)).collect();
            format!("({})", parts.join(&format!(" {word} ")))
        };
        match condition {
            CheckedCondition::All(parts) if parts.is_empty() => self.pick("alt", "everything").to_owned(),
            CheckedCondition::Any(parts) if parts.is_empty() => self.pick("ingenting", "nothing").to_owned(),
            CheckedCondition::All(parts) => joined(parts, self.pick("og", "and")),
            CheckedCondition::Any(parts) => joined(parts, self.pick("eller", "or")),
            CheckedCondition::Not(part) => format!("{} {}", self.pick("ikke", "not"), self.phrase(part)),
            CheckedCondition::Compare {
                field,
                operator,
                values,
            } => self.comparison(field, *operator, values),
        }
    }

    fn comparison(&self, field: &SourceField, operator: Operator, values: &[Typed]) -> String {
        let label = field.label.of(self.language);
        let values: Vec<_> = values.iter().map(|value| self.value(field, value)).collect();
        let sign = match operator {
            Operator::Equals => "=",
            Operator::NotEquals => "≠",
            Operator::In => self.pick("er en av", "is one of"),
            Operator::NotIn => self.pick("er ingen av", "is none of"),
            Operator::LessThan => "<",
            Operator::AtMost => "≤",
            Operator::GreaterThan => ">",
            Operator::AtLeast => "≥",
            Operator::Between => {
                let words = self.pick("fra og til", "from and to");
                return format!("{label} {words} {}", values.join(" – "));
            }
            Operator::Contains => self.pick("inneholder", "contains"),
            Operator::StartsWith => self.pick("begynner med", "begins with"),
            Operator::IsEmpty => return format!("{label} {}", self.pick("er tom", "is empty")),
            Operator::IsNotEmpty => return format!("{label} {}", self.pick("er ikke tom", "is not empty")),
        };
        format!("{label} {sign} {}", values.join(", "))
    }

    fn value(&self, field: &SourceField, value: &Typed) -> String {
        match (value, field.kind) {
            (Typed::Text(value), FieldKind::Choice(choices)) => {
                let choice = choices.iter().find(|choice| choice.value == value);
                choice
                    .map_or(value.as_str(), |choice| choice.label.of(self.language))
                    .to_owned()
            }
            (Typed::Text(text), _) => self.quoted(text),
            (Typed::Id(id), kind) => match (self.names.get(id), kind) {
                (Some(name), _) => self.quoted(name),
                (None, FieldKind::Id(kind)) => kind.encode(*id).0,
                (None, _) => id.to_string(),
            },
            (Typed::Integer(number), _) => number.to_string(),
            (Typed::Decimal(number), _) => {
                let number = number.to_string();
                self.pick(&number.replace('.', ","), &number).to_owned()
            }
            (Typed::Date(date), _) => date.to_string(),
            (Typed::Boolean(true), _) => self.pick("ja", "yes").to_owned(),
            (Typed::Boolean(false), _) => self.pick("nei", "no").to_owned(),
        }
    }

    /// What is shown in a column and how it sorts, with its own header where it has one.
    pub(super) fn column(&self, column: &CheckedColumn) -> String {
        let shown = header_of(column.field, column.aggregation, self.language);
        let order = match column.order {
            None => "",
            Some(Order::Ascending) => " ↑",
            Some(Order::Descending) => " ↓",
        };
        match &column.label {
            Some(label) if *label != shown => {
                format!("{shown} {} {}{order}", self.pick("som", "as"), self.quoted(label))
            }
            _ => format!("{shown}{order}"),
        }
    }

    /// What somebody typed may hold commas and words like those around it.
    fn quoted(&self, text: &str) -> String {
        let (open, close) = (self.pick("«", "“"), self.pick("»", "”"));
        format!("{open}{text}{close}")
    }

    fn pick<'a>(&self, nb: &'a str, en: &'a str) -> &'a str {
        self.language.pick(nb, en)
    }
}

#[cfg(test)]
mod tests {
    use entity::enums::{CustomReportType, Language};
    use serde_json::{Value, json};

    use super::*;
    use crate::custom_report::valid::{self, CheckedDefinition};
    use crate::organization::ids;

    const NAMED: Uuid = Uuid::from_u128(1);
    const NAMELESS: Uuid = Uuid::from_u128(2);

    fn checked(condition: Value, columns: Value) -> CheckedDefinition {
        let filters = json!({ "version": 1, "where": condition });
        let definition = valid::from_json(CustomReportType::Activities, &filters, &Value::Null, &columns);
        valid::check(&definition.unwrap()).unwrap()
    }

    fn words(language: Language) -> DefinitionWords {
        DefinitionWords {
            language,
            names: BTreeMap::from([(NAMED, "Bergen, sentrum".to_owned())]),
        }
    }

    #[test]
    fn what_all_has_to_hold_is_told_line_by_line() {
        let unit = |unit| ids::ORGANIZATIONAL_UNIT.encode(unit).0;
        let condition = json!({ "all": [
            { "field": { "key": "kind", "operator": "in", "values": ["group", "course"] } },
            { "field": { "key": "area", "operator": "in", "values": [unit(NAMED), unit(NAMELESS)] } },
            { "any": [
                { "field": { "key": "hours", "operator": "at_least", "values": ["1.50"] } },
                { "not": { "field": { "key": "place", "operator": "equals", "values": ["Voss"] } } },
                { "field": { "key": "peer_initiated", "operator": "equals", "values": [true] } },
            ] },
        ] });
        let checked = checked(condition, json!([{ "key": "title" }]));
        let id = unit(NAMELESS);
        assert_eq!(
            words(Language::Nb).conditions(checked.condition.as_ref()),
            [
                "Type er en av Gruppe, Kurs".to_owned(),
                format!("Område er en av «Bergen, sentrum», {id}"),
                "(Timer ≥ 1,50 eller ikke Sted = «Voss» eller Likepersonen tok initiativet = ja)".to_owned(),
            ]
        );
        let english = words(Language::En).conditions(checked.condition.as_ref());
        assert_eq!(english[1], format!("Area is one of “Bergen, sentrum”, {id}"));
        assert_eq!(words(Language::Nb).conditions(None), Vec::<String>::new());
    }

    #[test]
    fn a_column_is_what_is_shown_and_its_own_header() {
        let columns = json!([
            { "key": "hours", "aggregation": "sum", "order": "descending" },
            { "key": "leader", "aggregation": "count_distinct", "label": "Hvem, alle" },
            { "key": "hours", "aggregation": "average", "label": "Timer (snitt)" },
        ]);
        let checked = checked(Value::Null, columns);
        let columns = |language| checked.columns.iter().map(move |column| words(language).column(column));
        let nb: Vec<_> = columns(Language::Nb).collect();
        let expected = [
            "Timer (sum) ↓",
            "Likeperson (antall ulike) som «Hvem, alle»",
            "Timer (snitt)",
        ];
        assert_eq!(nb, expected);
        let en: Vec<_> = columns(Language::En).collect();
        assert_eq!(en[2], "Hours (average) as “Timer (snitt)”");
    }
}
