//! Checks a definition against the whitelist. Only what has passed here is compiled.
//!
//! Every refusal carries its rule, and as `field` the path of the fault in the JSON shape:
//! `filters.where.all[2].field.values[0]`, `groupings[1]`, `columns[0].key`.

mod bufdir;
mod condition;
mod json;

pub use condition::{CheckedCondition, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, MAX_TEXT_LENGTH, NamedId, Typed};
pub use json::from_json;

use async_graphql::resolver_utils::{EnumType, enum_value};

use super::definition::{Aggregation, CustomReportColumn, Definition, Grouping, Order, VERSION};
use super::source::{DataSource, GroupingBy, SourceField};
use crate::custom_report::rules;
use crate::kernel::error::{Error, Result};
use crate::kernel::rule::Rule;

/// Columns beside those of the groupings.
pub const MAX_COLUMNS: usize = 50;
/// In characters, of a column's own header.
pub const MAX_LABEL_LENGTH: usize = 100;

/// A definition that names nothing but what the whitelist has.
#[derive(Debug)]
pub struct CheckedDefinition {
    definition: Definition,
    pub(super) source: &'static DataSource,
    pub(super) condition: Option<CheckedCondition>,
    ids: Vec<NamedId>,
    pub(super) columns: Vec<CheckedColumn>,
    pub(super) is_aggregated: bool,
}

/// A column with its field found.
#[derive(Debug)]
pub(super) struct CheckedColumn {
    pub(super) field: &'static SourceField,
    pub(super) aggregation: Option<Aggregation>,
    pub(super) label: Option<String>,
    pub(super) order: Option<Order>,
}

impl CheckedDefinition {
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    pub fn into_definition(self) -> Definition {
        self.definition
    }

    /// The ids that conditions name, in their order.
    pub fn ids(&self) -> &[NamedId] {
        &self.ids
    }

    pub(super) fn groupings(&self) -> &[Grouping] {
        &self.definition.groupings
    }

    /// The first so many rows; all when there is no limit.
    pub fn limit(&self) -> Option<u32> {
        self.definition.filters.limit
    }

    /// Whether rows show less than the whole organization, so that small numbers of persons are hidden (decisions, 8).
    pub(super) fn is_finer_than_the_organization(&self) -> bool {
        let coarse = |grouping: &Grouping| *grouping == Grouping::Organization;
        !self.is_aggregated || self.condition.is_some() || !self.groupings().iter().all(coarse)
    }
}

/// Checks every name and value.
///
/// # Errors
///
/// `columns_not_empty`, `columns_limit`, `field_known`, `bufdir_excluded_from_custom_reports`, `column_label_length`,
/// `aggregation_required`, `participants_are_aggregated`, `aggregation_fits_field`, `grouping_fits_report_type`,
/// `grouping_named_once`, `row_limit_positive`, `definition_version_known`, and those of conditions:
/// `operator_fits_field`, `value_count_fits_operator`, `value_fits_field`, `id_malformed`, `filter_depth_limit`,
/// `filter_size_limit`.
pub fn check(definition: &Definition) -> Result<CheckedDefinition> {
    let source = DataSource::of(definition.report_type);
    if definition.filters.version != VERSION {
        let version = definition.filters.version;
        let message = format!("The definition is of version {version}, and this program reads {VERSION}.");
        return Err(Error::rule_because(rules::DEFINITION_VERSION_KNOWN, message).at("filters.version"));
    }
    if definition.filters.limit == Some(0) {
        return Err(Error::rule(rules::ROW_LIMIT_POSITIVE).at("filters.limit"));
    }
    check_groupings(source, &definition.groupings)?;
    let is_aggregated = source.aggregates_only
        || !definition.groupings.is_empty()
        || definition.columns.iter().any(|column| column.aggregation.is_some());
    let columns = check_columns(source, &definition.columns, is_aggregated)?;
    let condition = definition.filters.condition.as_ref();
    let condition = condition.map(|condition| condition::check(source, condition));
    let (condition, ids) = condition.transpose()?.unzip();
    Ok(CheckedDefinition {
        definition: definition.clone(),
        source,
        condition,
        ids: ids.unwrap_or_default(),
        columns,
        is_aggregated,
    })
}

fn check_groupings(source: &DataSource, groupings: &[Grouping]) -> Result<()> {
    for (place, grouping) in groupings.iter().enumerate() {
        let path = format!("groupings[{place}]");
        let by = GroupingBy::from(grouping);
        if !source.groupings.contains(&by) {
            return Err(Error::rule(rules::GROUPING_FITS_REPORT_TYPE).at(path));
        }
        if groupings[..place].contains(grouping) {
            return Err(Error::rule(rules::GROUPING_NAMED_ONCE).at(path));
        }
    }
    Ok(())
}

fn check_columns(
    source: &'static DataSource,
    columns: &[CustomReportColumn],
    is_aggregated: bool,
) -> Result<Vec<CheckedColumn>> {
    if columns.is_empty() {
        return Err(Error::rule(rules::COLUMNS_NOT_EMPTY).at("columns"));
    }
    if columns.len() > MAX_COLUMNS {
        return Err(Error::rule(rules::COLUMNS_LIMIT).at("columns"));
    }
    let numbered = columns.iter().enumerate();
    numbered
        .map(|(place, column)| check_column(source, column, is_aggregated, &format!("columns[{place}]")))
        .collect()
}

fn check_column(
    source: &'static DataSource,
    column: &CustomReportColumn,
    is_aggregated: bool,
    path: &str,
) -> Result<CheckedColumn> {
    let field = find_field(source, &column.key, path)?;
    if !field.is_column {
        let message = format!("\"{}\" is for conditions alone.", field.key);
        return Err(Error::rule_because(rules::FIELD_KNOWN, message).at(format!("{path}.key")));
    }
    check_aggregation(source, field, column.aggregation, is_aggregated)
        .map_err(|error| error.at(format!("{path}.aggregation")))?;
    let label = column.label.as_deref();
    if let Some(rule) = label.and_then(broken_by_label) {
        return Err(Error::rule(rule).at(format!("{path}.label")));
    }
    Ok(CheckedColumn {
        field,
        aggregation: column.aggregation,
        label: label.map(|label| label.trim().to_owned()),
        order: column.order,
    })
}

/// The rule that a text breaks as a column's label.
fn broken_by_label(text: &str) -> Option<Rule> {
    if !is_on_one_line(text) {
        Some(rules::TEXT_ON_ONE_LINE)
    } else if text.trim().is_empty() || text.chars().count() > MAX_LABEL_LENGTH {
        Some(rules::COLUMN_LABEL_LENGTH)
    } else {
        None
    }
}

/// Names and labels stand in file names, headers and messages.
pub(super) fn is_on_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn check_aggregation(
    source: &DataSource,
    field: &SourceField,
    aggregation: Option<Aggregation>,
    is_aggregated: bool,
) -> Result<()> {
    match aggregation {
        Some(aggregation) if field.aggregations.contains(&aggregation) => Ok(()),
        Some(_) => {
            let message = fitting("aggregation", field, field.aggregations);
            Err(Error::rule_because(rules::AGGREGATION_FITS_FIELD, message))
        }
        None if source.aggregates_only => Err(Error::rule(rules::PARTICIPANTS_ARE_AGGREGATED)),
        None if is_aggregated => Err(Error::rule(rules::AGGREGATION_REQUIRED)),
        None => Ok(()),
    }
}

/// What a field takes instead, in the words of the API.
fn fitting<T: EnumType>(what: &str, field: &SourceField, taken: &[T]) -> String {
    if taken.is_empty() {
        return format!("\"{}\" takes no {what}.", field.key);
    }
    let names: Vec<_> = taken.iter().map(|one| enum_value(*one).to_string()).collect();
    format!("\"{}\" takes the {what} {}.", field.key, names.join(" or "))
}

/// The field of that key; the refusal of one that names Bufdir's data says so.
fn find_field(source: &'static DataSource, key: &str, path: &str) -> Result<&'static SourceField> {
    source.field(key).ok_or_else(|| {
        let path = format!("{path}.key");
        if bufdir::names_bufdir_data(key) {
            return Error::rule(rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS).at(path);
        }
        let message = format!(
            "There is no column or filter \"{key}\" of {}; customReportSources lists them.",
            source.report_type.as_str()
        );
        Error::rule_because(rules::FIELD_KNOWN, message).at(path)
    })
}
