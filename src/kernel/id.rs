//! Opaque, typed ids: what clients see is `base64url("<Type>:<uuid>")`, so that an id of one type is never taken for
//! another's.
//!
//! A slice declares the kinds of its types in its `ids.rs` by [`ids!`].

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::kernel::declared::{Declarations, Declared};
use crate::kernel::error::{Error, Result};
use crate::kernel::rules;

/// A type of the schema that has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdKind {
    type_name: &'static str,
    subject_type: Option<&'static str>,
}

/// Declares a slice's kinds of ids: the GraphQL type's name, and the name under which the audit log speaks of such a thing.
macro_rules! ids {
    ($($id:ident $type_name:literal $(as $subject_type:literal)?;)*) => {
        $(pub const $id: $crate::kernel::id::IdKind = $crate::kernel::id::IdKind::new($type_name)$(.logged_as($subject_type))?;)*

        pub(crate) const ALL: &[$crate::kernel::id::IdKind] = &[$($id),*];
    };
}
pub(crate) use ids;

impl IdKind {
    pub const fn new(type_name: &'static str) -> Self {
        Self {
            type_name,
            subject_type: None,
        }
    }

    pub const fn logged_as(self, subject_type: &'static str) -> Self {
        Self {
            subject_type: Some(subject_type),
            ..self
        }
    }

    pub fn all() -> impl Iterator<Item = Self> {
        Declared::IDS.iter().copied().flatten().copied()
    }

    /// The GraphQL type's name.
    pub fn type_name(self) -> &'static str {
        self.type_name
    }

    /// The audit log's name of such a thing.
    pub fn subject_type(self) -> Option<&'static str> {
        self.subject_type
    }

    /// The id that clients see.
    pub fn encode(self, id: Uuid) -> ID {
        ID(URL_SAFE_NO_PAD.encode(format!("{}:{id}", self.type_name)))
    }

    /// An id of this type, which the argument `field` takes.
    pub fn decode(self, id: &ID, field: &str) -> Result<Uuid> {
        match decode(id) {
            Ok((kind, uuid)) if kind == self => Ok(uuid),
            _ => Err(Error::rule(rules::ID_MALFORMED).at(field)),
        }
    }
}

/// An id of any type. The error is the same for whatever is not one of ours.
pub fn decode(id: &ID) -> Result<(IdKind, Uuid)> {
    let parse = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()?;
        let (type_name, uuid) = text.split_once(':')?;
        let kind = IdKind::all().find(|kind| kind.type_name == type_name)?;
        Some((kind, uuid.parse().ok()?))
    };
    parse().ok_or_else(|| Error::rule(rules::ID_MALFORMED).at("id"))
}
