//! The JSON Schema (2020-12) of definitions as they are stored, made from the whitelist: docs/custom-report.schema.json.

use serde_json::{Map, Value as Json, json};

use super::definition::{DatePeriod, Operator, Order, VERSION};
use super::edit::{MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH};
use super::source::{DataSource, FieldKind, GroupingBy, SourceField};
use super::valid::{MAX_COLUMNS, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, MAX_LABEL_LENGTH, MAX_TEXT_LENGTH};
use entity::enums::UnitLevel;
use sea_orm::Iterable;

/// In characters, the sign, the point and a zero before it included.
const MAX_DECIMAL_LENGTH: usize = 31;
/// Of a text without control characters but tabs and line breaks, as `text_without_control_characters` has it.
const TYPED_TEXT: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// Of a text that is more than white space, Unicode's, and has no control characters.
const ONE_LINE: &str = concat!(
    r"^[^\u0000-\u001f\u007f-\u009f]*",
    r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]",
    r"[^\u0000-\u001f\u007f-\u009f]*$",
);

/// The schema, as pretty JSON that ends with a newline. It knows keys, operators and the kinds of values; that a grouped
/// report's columns all need an aggregation, and a filter's depth and size, it leaves to the program.
pub fn document() -> String {
    let mut definitions = Map::new();
    definitions.insert("value_counts".to_owned(), value_counts());
    for source in DataSource::all() {
        define(source, &mut definitions);
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Custom report definition",
        "description": format!(
            "What a custom report asks, version {VERSION}: the columns filters, groupings and columns of the table \
             custom_reports, beside report_type. Runs and files say the name and the description as well. Conditions \
             stand in conditions {MAX_FILTER_DEPTH} deep at most, and a filter has {MAX_FILTER_SIZE} conditions and values at \
             most."
        ),
        "type": "object",
        "required": ["report_type", "columns"],
        "oneOf": DataSource::all().map(of_type).collect::<Vec<_>>(),
        "$defs": definitions,
    });
    format!("{schema:#}\n")
}

fn of_type(source: &DataSource) -> Json {
    let name = name(source);
    json!({
        "title": source.label.en,
        "description": source.description.en,
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "report_type": { "const": name },
            "name": { "type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH },
            "description": { "type": ["string", "null"], "maxLength": MAX_DESCRIPTION_LENGTH },
            "filters": { "oneOf": [{ "type": "null" }, reference(&format!("{name}_filters"))] },
            "groupings": { "oneOf": [{ "type": "null" }, {
                "type": "array",
                "description": "From the outermost to the innermost.",
                "uniqueItems": true,
                "items": reference(&format!("{name}_grouping")),
            }] },
            "columns": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_COLUMNS,
                "items": reference(&format!("{name}_column")),
            },
        },
    })
}

fn define(source: &DataSource, definitions: &mut Map<String, Json>) {
    let name = name(source);
    let columns = source.fields.iter().filter(|field| field.is_column);
    let filters = source.fields.iter().filter(|field| field.is_filter);
    let each: [(&str, Json); 4] = [
        ("filters", self::filters(name)),
        (
            "condition",
            condition(name, &filters.map(comparison).collect::<Vec<_>>()),
        ),
        ("grouping", any_of(source.groupings.iter().map(|by| grouping(*by)))),
        ("column", any_of(columns.map(|field| column(source, field)))),
    ];
    for (part, schema) in each {
        definitions.insert(format!("{name}_{part}"), schema);
    }
}

fn filters(name: &str) -> Json {
    object(
        &["version"],
        json!({
            "version": { "const": VERSION },
            "where": reference(&format!("{name}_condition")),
            "limit": { "description": "The first so many rows.", "type": "integer", "minimum": 1, "maximum": u32::MAX },
        }),
    )
}

fn condition(name: &str, comparisons: &[Json]) -> Json {
    let again = reference(&format!("{name}_condition"));
    let list = json!({ "type": "array", "items": again });
    let comparison = json!({ "anyOf": comparisons });
    any_of(
        [
            object(&["all"], json!({ "all": list })),
            object(&["any"], json!({ "any": list })),
            object(&["not"], json!({ "not": again })),
            object(&["field"], json!({ "field": comparison })),
        ]
        .into_iter(),
    )
}

fn comparison(field: &SourceField) -> Json {
    let mut schema = object(
        &["key", "operator"],
        json!({
            "key": { "const": field.key },
            "operator": { "enum": field.kind.operators() },
            "values": { "type": "array", "items": literal(field) },
        }),
    );
    schema["description"] = json!(field.description.en);
    schema["allOf"] = json!([reference("value_counts")]);
    schema
}

/// How many values an operator takes.
fn value_counts() -> Json {
    let when = |operators: &[Operator], values: Json, required: bool| {
        json!({
            "if": { "properties": { "operator": { "enum": operators } } },
            "then": { "properties": { "values": values }, "required": if required { vec!["values"] } else { Vec::new() } },
        })
    };
    let none = [Operator::IsEmpty, Operator::IsNotEmpty];
    let several = [Operator::In, Operator::NotIn];
    let one: Vec<_> = [
        Operator::Equals,
        Operator::NotEquals,
        Operator::LessThan,
        Operator::AtMost,
        Operator::GreaterThan,
        Operator::AtLeast,
        Operator::Contains,
        Operator::StartsWith,
    ]
    .into();
    json!({ "allOf": [
        when(&none, json!({ "maxItems": 0 }), false),
        when(&[Operator::Between], json!({ "minItems": 2, "maxItems": 2 }), true),
        when(&several, json!({ "minItems": 1 }), true),
        when(&one, json!({ "minItems": 1, "maxItems": 1 }), true),
    ] })
}

fn literal(field: &SourceField) -> Json {
    match field.kind {
        FieldKind::Text => json!({ "type": "string", "pattern": TYPED_TEXT, "maxLength": MAX_TEXT_LENGTH }),
        FieldKind::Integer if field.counts_persons => {
            json!({ "type": "integer", "description": "Not 1 to 4.", "not": { "minimum": 1, "maximum": 4 } })
        }
        FieldKind::Integer => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
        FieldKind::Decimal => json!({ "oneOf": [
            { "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX },
            {
                "description": "28 digits at most.",
                "type": "string",
                "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
                "maxLength": MAX_DECIMAL_LENGTH,
            },
        ] }),
        FieldKind::Date => {
            json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
        }
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Choice(choices) => {
            json!({ "enum": choices.iter().map(|choice| choice.value).collect::<Vec<_>>() })
        }
        FieldKind::Id(kind) => {
            json!({ "type": "string", "description": format!("The API's id of: {}", kind.type_name()) })
        }
    }
}

fn grouping(by: GroupingBy) -> Json {
    let only = |name: &str| object(&["by"], json!({ "by": { "const": name } }));
    match by {
        GroupingBy::User => only("user"),
        GroupingBy::Organization => only("organization"),
        GroupingBy::Kind => only("kind"),
        GroupingBy::Mode => only("mode"),
        GroupingBy::Area => {
            let levels: Vec<_> = UnitLevel::iter().collect();
            object(
                &["by"],
                json!({ "by": { "const": "area" }, "level": { "enum": levels } }),
            )
        }
        GroupingBy::Date => {
            let periods = [
                DatePeriod::Day,
                DatePeriod::Week,
                DatePeriod::Month,
                DatePeriod::Quarter,
                DatePeriod::Year,
            ];
            object(
                &["by", "period"],
                json!({ "by": { "const": "date" }, "period": { "enum": periods } }),
            )
        }
    }
}

fn column(source: &DataSource, field: &SourceField) -> Json {
    let required: &[&str] = if source.aggregates_only {
        &["key", "aggregation"]
    } else {
        &["key"]
    };
    let mut schema = object(
        required,
        json!({
            "key": { "const": field.key },
            "aggregation": { "enum": field.aggregations },
            "label": { "type": "string", "maxLength": MAX_LABEL_LENGTH, "pattern": ONE_LINE },
            "order": { "enum": [Order::Ascending, Order::Descending] },
        }),
    );
    schema["title"] = json!(field.label.en);
    schema["description"] = json!(field.description.en);
    schema
}

fn object(required: &[&str], properties: Json) -> Json {
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

fn any_of(schemas: impl Iterator<Item = Json>) -> Json {
    json!({ "anyOf": schemas.collect::<Vec<_>>() })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn name(source: &DataSource) -> &'static str {
    source.report_type.as_str()
}
