//! The closed sets of values, spelled as the database stores them. A value is text with a named CHECK rather than a
//! Postgres enum, because Postgres refuses an enum's unknown value without naming the rule.
//!
//! Doc comments here are the GraphQL schema's documentation.

mod activity;
mod audit;
mod custom;
mod people;
mod report;

pub use activity::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, Verdict};
pub use audit::{ActorKind, AuditAction};
pub use custom::{CustomOutputFormat, CustomReportType, DateRangeType, RunStatus, RunTrigger};
pub use people::{Role, UnitLevel};
pub use report::{
    ExportFormat, ExportOrigin, ExportStatus, Language, LedgerStatus, ReportStatus, ScopeLevel, WarningCode,
};

/// Declares an enum whose variants carry their stored text, so that column, JSON and `as_str` cannot drift apart.
macro_rules! stored_enum {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $($(#[$about_variant:meta])* $variant:ident = $text:tt,)+
        }
    ) => {
        $(#[$about])*
        #[derive(
            Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::serde::Serialize, ::serde::Deserialize,
            ::sea_orm::EnumIter, ::sea_orm::DeriveActiveEnum, ::async_graphql::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $(
                $(#[$about_variant])*
                #[sea_orm(string_value = $text)]
                #[serde(rename = $text)]
                $variant,
            )+
        }

        impl $name {
            /// The text that the database stores and JSON carries.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}
use stored_enum;
