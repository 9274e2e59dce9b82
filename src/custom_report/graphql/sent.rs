//! Values of conditions and dates as they were sent, so that one that does not fit is refused by its rule and at its path
//! in the JSON shape. What fits no scalar at all the engine refuses before any resolver; its message has the path.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueResult, Value};

use crate::kernel::error::{Error, Result};
use crate::kernel::rule::Rule;
use crate::kernel::scalar::{Date, Decimal};

/// A scalar's value, or what was sent in its place. In the schema it is the scalar.
pub struct Sent<T>(Option<T>);

/// A scalar that says how it is written.
pub trait Written {
    const AS: &'static str;
}

impl Written for Date {
    const AS: &'static str = "Write a date as 2024-12-31.";
}

impl Written for Decimal {
    const AS: &'static str = "Write a decimal as a string, with 28 digits at most: \"12.50\".";
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

/// The refusal of a definition's value that the engine found to be of another type, by the engine's message; `None` of any
/// other message.
pub fn misfit(message: &str) -> Option<Error> {
    let told = message.strip_prefix("Invalid value for argument \"")?;
    let (place, expected) = told.strip_suffix('"')?.split_once("\", expected type \"")?;
    let (above, below) = place.split_once("definition.filters.")?;
    if !matches!(above, "" | "input.") {
        return None;
    }
    let (rule, path) = match below {
        "limit" => (Rule::RowLimitPositive, "limit".to_owned()),
        _ => (Rule::ValueFitsField, path_of_value(below)?),
    };
    let refusal = Error::rule_because(rule, written(expected)?).at(path);
    Some(refusal.below(&format!("{above}definition.filters")))
}

/// A value's place in the JSON shape, by its place in the input: `where.all.0.integer.values.1` is
/// `where.all[0].field.values[1]`.
fn path_of_value(place: &str) -> Option<String> {
    let mut path = String::new();
    let mut is_of_values = false;
    for (position, part) in place.split('.').enumerate() {
        match part {
            "where" if position == 0 => path.push_str(part),
            "all" | "any" | "not" => path.push_str(&format!(".{part}")),
            "text" | "integer" | "decimal" | "date" | "boolean" | "choice" | "id" => path.push_str(".field"),
            "values" => {
                is_of_values = true;
                path.push_str(".values");
            }
            number => path.push_str(&format!("[{}]", number.parse::<usize>().ok()?)),
        }
    }
    is_of_values.then_some(path)
}

fn written(scalar: &str) -> Option<&'static str> {
    match scalar {
        "Int" => Some("Write a whole number, from -9223372036854775808 to 9223372036854775807."),
        "Boolean" => Some("Write true or false."),
        "String" => Some("Write a text."),
        "ID" => Some("Write an id that this API gave out."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "definition.filters.where.integer.values.0",
        "definition.filters.where.field.values[0]"
    )]
    #[case(
        "input.definition.filters.where.all.2.not.boolean.values",
        "input.definition.filters.where.all[2].not.field.values"
    )]
    #[case("definition.filters.limit", "definition.filters.limit")]
    fn a_place_in_the_input_is_one_in_the_shape(#[case] place: &str, #[case] path: &str) {
        let refusal = misfit(&format!(
            "Invalid value for argument \"{place}\", expected type \"Int\""
        ))
        .unwrap();
        assert_eq!(refusal.field(), Some(path));
    }

    #[rstest]
    #[case("Invalid value for argument \"first\", expected type \"Int\"")]
    #[case("Invalid value for argument \"definition.filters.where.integer.key\", expected type \"String\"")]
    #[case("Invalid value for argument \"definition.filters.where\", expected type \"CustomReportConditionInput\"")]
    #[case("Unknown field \"x\"")]
    fn other_refusals_of_the_engine_are_left_alone(#[case] message: &str) {
        assert!(misfit(message).is_none());
    }
}
