//! Definitions read from JSON, as the database keeps them; a fault is named with its path.

use entity::enums::CustomReportType;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::bufdir::names_bufdir_data;
use super::condition::MAX_FILTER_DEPTH;
use crate::custom_report::definition::{Definition, Filters, VERSION};
use crate::custom_report::rules;
use crate::kernel::error::{Error, Result};

/// Levels of JSON for each of a condition: the object, and the list in it.
const LEVELS_OF_A_CONDITION: usize = 2;

/// A definition as it is stored: null stands for no filters and for no groupings. Names and values are checked apart, by
/// [`super::check`].
///
/// # Errors
///
/// `definition_version_known` for another version than this program's; `bufdir_excluded_from_custom_reports` for a
/// grouping by something of Bufdir's; `filter_depth_limit`; `filters_valid_json` for any other shape.
pub fn from_json(
    report_type: CustomReportType,
    filters: &Json,
    groupings: &Json,
    columns: &Json,
) -> Result<Definition> {
    check_version(filters)?;
    check_depth(filters)?;
    check_groupings(groupings)?;
    Ok(Definition {
        report_type,
        filters: or_default::<Filters>(filters, "filters")?,
        groupings: or_default(groupings, "groupings")?,
        columns: or_default(columns, "columns")?,
    })
}

fn check_version(filters: &Json) -> Result<()> {
    // Of what is no object, or names no version, the shape tells what is wrong.
    match filters.get("version") {
        Some(version) if version.is_number() && version.as_u64() != Some(VERSION.into()) => {
            let message = format!("The definition is of version {version}, and this program reads {VERSION}.");
            Err(Error::rule_because(rules::DEFINITION_VERSION_KNOWN, message).at("filters.version"))
        }
        _ => Ok(()),
    }
}

/// Before anything is read, because reading goes as deep as what is read.
fn check_depth(filters: &Json) -> Result<()> {
    let Some(condition) = filters.get("where") else {
        return Ok(());
    };
    let mut level = vec![condition];
    for _ in 0..MAX_FILTER_DEPTH * LEVELS_OF_A_CONDITION + LEVELS_OF_A_CONDITION {
        level = level.into_iter().flat_map(children).collect();
    }
    if level.is_empty() {
        return Ok(());
    }
    Err(Error::rule(rules::FILTER_DEPTH_LIMIT).at("filters.where"))
}

fn children(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// What a report is grouped by is a closed set, so that the shape would refuse Bufdir's names without saying why.
fn check_groupings(groupings: &Json) -> Result<()> {
    for (place, grouping) in groupings.as_array().into_iter().flatten().enumerate() {
        let by = grouping.get("by").and_then(Json::as_str);
        if by.is_some_and(names_bufdir_data) {
            return Err(Error::rule(rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS).at(format!("groupings[{place}].by")));
        }
    }
    Ok(())
}

fn or_default<T: DeserializeOwned + Default>(stored: &Json, name: &str) -> Result<T> {
    if stored.is_null() {
        return Ok(T::default());
    }
    serde_path_to_error::deserialize(stored).map_err(|fault| {
        let path = match fault.path().to_string() {
            path if path == "." => name.to_owned(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        let message = format!("The definition's {name} cannot be read: {}.", fault.inner());
        Error::rule_because(rules::FILTERS_VALID_JSON, message).at(path)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::kernel::rule::Rule;

    fn read(filters: &Json, groupings: &Json, columns: &Json) -> Result<Definition> {
        from_json(CustomReportType::Activities, filters, groupings, columns)
    }

    fn refused(result: Result<Definition>) -> (Option<Rule>, String) {
        let error = result.unwrap_err();
        (error.broken_rule(), error.field().unwrap_or_default().to_owned())
    }

    #[rstest]
    #[case(json!({"version": 2}), rules::DEFINITION_VERSION_KNOWN, "filters.version")]
    #[case(json!({"version": 1.5}), rules::DEFINITION_VERSION_KNOWN, "filters.version")]
    #[case(json!({"version": "1"}), rules::FILTERS_VALID_JSON, "filters.version")]
    #[case(json!({}), rules::FILTERS_VALID_JSON, "filters")]
    #[case(json!([]), rules::FILTERS_VALID_JSON, "filters")]
    #[case(json!("x"), rules::FILTERS_VALID_JSON, "filters")]
    #[case(json!({"version": 1, "limit": -1}), rules::FILTERS_VALID_JSON, "filters.limit")]
    #[case(json!({"version": 1, "more": 1}), rules::FILTERS_VALID_JSON, "filters.more")]
    #[case(json!({"version": 1, "where": {"all": [{"field": {"key": "date", "operator": "like"}}]}}),
        rules::FILTERS_VALID_JSON, "filters.where.all[0].field.operator")]
    #[case(json!({"version": 1, "where": {"not": {"field": {"key": "minutes", "operator": "equals", "values": [1, 1.5]}}}}),
        rules::FILTERS_VALID_JSON, "filters.where.not.field.values[1]")]
    fn filters_of_another_shape_are_refused_at_the_fault(
        #[case] filters: Json,
        #[case] rule: Rule,
        #[case] path: &str,
    ) {
        let refusal = refused(read(&filters, &Json::Null, &json!([{"key": "date"}])));
        assert_eq!(refusal, (Some(rule), path.to_owned()));
    }

    #[test]
    fn a_filter_deeper_than_any_stack_is_refused_before_it_is_read() {
        let mut condition = json!({"field": {"key": "date", "operator": "is_empty"}});
        for _ in 0..100 {
            condition = json!({ "not": condition });
        }
        let filters = json!({"version": 1, "where": condition});
        let refusal = refused(read(&filters, &Json::Null, &json!([])));
        assert_eq!(refusal, (Some(rules::FILTER_DEPTH_LIMIT), "filters.where".to_owned()));
    }

    #[test]
    fn groupings_and_columns_of_another_shape_are_refused_at_the_fault() {
        let filters = json!({"version": 1});
        let columns = json!([{"key": "date"}]);
        let by = |by: &str| json!([{ "by": "user" }, { "by": by }]);
        assert_eq!(
            refused(read(&filters, &by("verdict"), &columns)),
            (
                Some(rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS),
                "groupings[1].by".to_owned()
            )
        );
        assert_eq!(
            refused(read(&filters, &by("colour"), &columns)),
            (Some(rules::FILTERS_VALID_JSON), "groupings[1].by".to_owned())
        );
        assert_eq!(
            refused(read(
                &filters,
                &json!([]),
                &json!([{"key": "date", "aggregation": "median"}])
            )),
            (Some(rules::FILTERS_VALID_JSON), "columns[0].aggregation".to_owned())
        );
    }

    #[test]
    fn what_was_written_is_read_again() {
        let filters = json!({"version": 1, "limit": 10, "where": {"any": [
            {"field": {"key": "date", "operator": "between", "values": ["2024-01-01", "2024-12-31"]}},
            {"not": {"field": {"key": "place", "operator": "is_empty"}}}]}});
        let groupings = json!([{"by": "area", "level": "region"}, {"by": "date", "period": "month"}]);
        let columns = json!([{"key": "hours", "aggregation": "sum", "label": "Timer", "order": "descending"}]);
        let read = read(&filters, &groupings, &columns).unwrap();
        assert_eq!(serde_json::to_value(&read.filters).unwrap(), filters);
        assert_eq!(serde_json::to_value(&read.groupings).unwrap(), groupings);
        assert_eq!(serde_json::to_value(&read.columns).unwrap(), columns);
    }
}
