//! Values of conditions and dates as they were sent, so that one that does not fit is refused by its rule and at its path
//! in the JSON shape.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{ID, InputType, InputValueResult, ScalarType, Value};

use crate::custom_report::rules;
use crate::kernel::error::{Error, Result};
use crate::kernel::rule::Rule;
use crate::kernel::scalar::{Date, Decimal};

/// A scalar's value, or what was sent in its place. In the schema it is the scalar.
pub struct Sent<T>(Option<T>);

/// A scalar that says how it is written.
pub trait Written {
    const AS: &'static str;
}

macro_rules! written {
    ($($scalar:ty: $as:literal)*) => {
        $(impl Written for $scalar {
            const AS: &'static str = $as;
        })*
    };
}

written! {
    Date: "Write a date as 2024-12-31."
    Decimal: "Write a decimal as a string, with 28 digits at most: \"12.50\"."
    i64: "Write a whole number, from -9223372036854775808 to 9223372036854775807."
    bool: "Write true or false."
    String: "Write a text."
    ID: "Write an id that this API gave out."
}

impl<T: Written> Sent<T> {
    /// The value, or the refusal by this rule at this place.
    pub fn fitting(self, rule: Rule, path: impl FnOnce() -> String) -> Result<T> {
        self.0.ok_or_else(|| Error::rule_because(rule, T::AS).at(path()))
    }
}

impl<T: InputType> InputType for Sent<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        Ok(Self(T::parse(value).ok()))
    }

    fn to_value(&self) -> Value {
        self.0.as_ref().map(T::to_value).unwrap_or_default()
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_ref()?.as_raw_value()
    }
}

/// The refusal of the first value of a definition that is of another type than the condition it stands in, by an argument
/// as it was sent: the engine checks its own scalars before any resolver, and refuses the operation without rule and path.
/// `None` where it is something else that does not fit.
pub fn misfit(argument: &str, sent: &Value) -> Option<Error> {
    let (definition, above) = match argument {
        "definition" => (sent, "definition.filters"),
        "input" => (entry(sent, "definition")?, "input.definition.filters"),
        _ => return None,
    };
    let filters = entry(definition, "filters")?;
    let condition = entry(filters, "where").and_then(|condition| misfit_of_condition(condition, "where"));
    let refusal = condition.or_else(|| {
        let limit = entry(filters, "limit").filter(|limit| **limit != Value::Null)?;
        refusal_of::<i64>(limit, rules::ROW_LIMIT_POSITIVE, "limit")
    });
    refusal.map(|refusal| refusal.below(above))
}

fn misfit_of_condition(condition: &Value, path: &str) -> Option<Error> {
    let Value::Object(entries) = condition else { return None };
    let (kind, sent) = entries.first()?;
    match kind.as_str() {
        "all" | "any" => {
            let mut conditions = items(sent, &format!("{path}.{kind}")).into_iter();
            conditions.find_map(|(condition, path)| misfit_of_condition(condition, &path))
        }
        "not" => misfit_of_condition(sent, &format!("{path}.not")),
        "text" | "choice" => misfit_of_values::<String>(sent, path),
        "integer" => misfit_of_values::<i64>(sent, path),
        "boolean" => misfit_of_values::<bool>(sent, path),
        "id" => misfit_of_values::<ID>(sent, path),
        _ => None,
    }
}

fn misfit_of_values<T: ScalarType + Written>(condition: &Value, path: &str) -> Option<Error> {
    let values = items(entry(condition, "values")?, &format!("{path}.field.values"));
    let mut values = values.into_iter();
    values.find_map(|(value, path)| refusal_of::<T>(value, rules::VALUE_FITS_FIELD, &path))
}

fn refusal_of<T: ScalarType + Written>(value: &Value, rule: Rule, path: &str) -> Option<Error> {
    (!T::is_valid(value)).then(|| Error::rule_because(rule, T::AS).at(path))
}

fn entry<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(entries) => entries.get(name),
        _ => None,
    }
}

/// The items of a list with their paths. GraphQL takes a value alone for a list of it.
fn items<'a>(value: &'a Value, path: &str) -> Vec<(&'a Value, String)> {
    match value {
        Value::List(items) => {
            let numbered = items.iter().enumerate();
            numbered
                .map(|(place, item)| (item, format!("{path}[{place}]")))
                .collect()
        }
        Value::Null => Vec::new(),
        alone => vec![(alone, path.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::*;

    fn misfit_of(argument: &str, sent: Json) -> Option<Error> {
        misfit(argument, &Value::from_json(sent).unwrap())
    }

    #[rstest]
    #[case::value(
        "definition",
        json!({ "filters": { "where": { "integer": { "values": [1.5] } } } }),
        "definition.filters.where.field.values[0]"
    )]
    #[case::alone(
        "input",
        json!({ "definition": { "filters": { "where": { "all": [
            { "text": { "values": ["x"] } },
            { "any": [] },
            { "not": { "boolean": { "values": "yes" } } }
        ] } } } }),
        "input.definition.filters.where.all[2].not.field.values"
    )]
    #[case::limit("definition", json!({ "filters": { "limit": "5" } }), "definition.filters.limit")]
    fn a_value_of_another_type_is_refused_at_its_path(#[case] argument: &str, #[case] sent: Json, #[case] path: &str) {
        assert_eq!(misfit_of(argument, sent).unwrap().field(), Some(path));
    }

    #[rstest]
    #[case::another_argument("first", json!("x"))]
    #[case::another_input("input", json!({ "reportId": 5 }))]
    #[case::the_key("definition", json!({ "filters": { "where": { "integer": { "key": 5, "values": [1] } } } }))]
    #[case::no_list("definition", json!({ "filters": { "where": { "integer": { "values": null } }, "limit": null } }))]
    #[case::no_condition("definition", json!({ "filters": { "where": 5 } }))]
    #[case::dates_and_decimals("definition", json!({ "filters": { "where": { "date": { "values": [5] } } } }))]
    fn other_faults_are_left_to_the_engine(#[case] argument: &str, #[case] sent: Json) {
        assert!(misfit_of(argument, sent).is_none());
    }
}
