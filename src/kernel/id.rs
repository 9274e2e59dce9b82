//! Opaque, typed ids: what clients see is `base64url("<Type>:<uuid>")`, so that an id of one type is never taken for
//! another's.

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::kernel::error::{Error, Result};
use crate::kernel::rule::Rule;

macro_rules! kinds {
    ($($variant:ident)*) => {
        /// The types of the schema that have an id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($variant,)* }

        impl Kind {
            /// The GraphQL type's name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            fn from_name(name: &str) -> Option<Self> {
                $(if name == stringify!($variant) { return Some(Self::$variant); })*
                None
            }
        }
    };
}

kinds! { Organization Person OrganizationalUnit ReportPeriod Report ReportGeneration ExportOperation File AuditEvent Activity SupportAccess BufdirExport CustomReport CustomReportRun }

/// The id that clients see.
pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{id}", kind.name())))
}

/// An id of any type. The error is the same for whatever is not one of ours.
pub fn decode_any(id: &ID) -> Result<(Kind, Uuid)> {
    let parse = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()?;
        let (kind, uuid) = text.split_once(':')?;
        Some((Kind::from_name(kind)?, uuid.parse().ok()?))
    };
    parse().ok_or_else(|| Error::rule(Rule::IdMalformed).at("id"))
}

/// An id of the type that the argument `field` takes.
pub fn decode(kind: Kind, id: &ID, field: &str) -> Result<Uuid> {
    match decode_any(id) {
        Ok((found, uuid)) if found == kind => Ok(uuid),
        _ => Err(Error::rule(Rule::IdMalformed).at(field)),
    }
}
