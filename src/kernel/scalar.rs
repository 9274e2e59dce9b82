//! The schema's own scalars, each with the document that specifies it. async-graphql's implementations for chrono and
//! rust_decimal lack that, and take a decimal as a float.
//!
//! Those that partial models hold come from the database as they are (`DeriveValueType`), so that a row is the object of the
//! schema. `Decimal` does not: the driver reads a zero without its decimals ([`Decimal::hours`]).

use std::fmt;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};
use sea_orm::DeriveValueType;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, DeriveValueType)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant, in UTC, as RFC 3339 writes it: `2024-12-31T22:59:59.999999Z`. Any offset is understood.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        let instant = chrono::DateTime::parse_from_rfc3339(&text)
            .map_err(|_| InputValueError::custom("write an instant as 2024-12-31T22:59:59Z"))?;
        Ok(Self(instant.to_utc()))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, DeriveValueType)]
pub struct Date(pub NaiveDate);

/// A date on the calendar in Norway, `2024-12-31` (RFC 3339's full-date).
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        // chrono also takes years of five digits and single-digit months, which RFC 3339 does not.
        let whole = text.len() == "2024-12-31".len();
        let date = whole
            .then(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok())
            .flatten();
        date.map(Self)
            .ok_or_else(|| InputValueError::custom("write a date as 2024-12-31"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub rust_decimal::Decimal);

impl Decimal {
    /// Hours, with their two decimals: the driver reads a zero without.
    pub fn hours(mut hours: rust_decimal::Decimal) -> Self {
        hours.rescale(2);
        Self(hours)
    }
}

/// An exact decimal number, as a string (`"12.50"`), because a float would not keep it.
#[Scalar(specified_by_url = "https://www.w3.org/TR/xmlschema-2/#decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) if !number.is_f64() => number.to_string().parse().ok(),
            Value::String(text) => rust_decimal::Decimal::from_str_exact(text).ok(),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom("write a decimal as a string: \"12.50\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Clone, Debug, PartialEq, DeriveValueType)]
pub struct Json(pub serde_json::Value);

/// Any JSON value; its shape is said where it is used.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
pub struct Sha256(pub Vec<u8>);

/// A SHA-256, as 64 lower-case hexadecimal digits.
#[Scalar(specified_by_url = "https://csrc.nist.gov/pubs/fips/180-4/upd1/final")]
impl ScalarType for Sha256 {
    fn parse(value: Value) -> InputValueResult<Self> {
        let bytes = hex::decode(text(value)?).ok().filter(|bytes| bytes.len() == 32);
        bytes
            .map(Self)
            .ok_or_else(|| InputValueError::custom("write a SHA-256 as 64 hexadecimal digits"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

fn text<T: async_graphql::InputType>(value: Value) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::expected_type(other)),
    }
}
