//! Rights: what someone may do in an organization, who holds which, and how the lack of one is answered (decisions.md, 1).
//!
//! A slice declares its rights in its `rights.rs` by [`rights!`], and guards fields by them:
//! `#[graphql(guard = "rights::EDIT_PERIODS")]`.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{Context, ContextSelectionSet, Guard, Name, OutputType, Positioned, ServerResult, Value};

use crate::kernel::actor::Standing;
use crate::kernel::context::RequestExt;
use crate::kernel::declared::{Declarations, Declared};
use crate::kernel::error::Error;
use crate::kernel::rule::Rule;

/// What someone may do in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right(&'static RightDefinition);

/// What there is to know of a right.
#[derive(Debug, PartialEq, Eq)]
pub struct RightDefinition {
    /// The value of the schema's enum.
    pub name: &'static str,
    /// The schema's documentation.
    pub description: &'static str,
    pub holders: &'static [Standing],
    /// How its lack is answered: by the specification's name where it has one.
    pub lack: Rule,
}

/// Declares a slice's rights. The doc comment is the schema's documentation.
macro_rules! rights {
    ($(#[doc = $description:literal] $right:ident held by [$($holder:ident),*], or $lack:path;)*) => {
        $(
            #[doc = $description]
            pub const $right: $crate::kernel::right::Right =
                $crate::kernel::right::Right::new(&$crate::kernel::right::RightDefinition {
                    name: stringify!($right),
                    description: $description,
                    holders: &[$($crate::kernel::actor::Standing::$holder),*],
                    lack: $lack,
                });
        )*

        pub(crate) const ALL: &[$crate::kernel::right::Right] = &[$($right),*];
    };
}
pub(crate) use rights;

impl Right {
    pub const fn new(definition: &'static RightDefinition) -> Self {
        Self(definition)
    }

    pub fn all() -> impl Iterator<Item = Self> {
        Declared::RIGHTS.iter().copied().flatten().copied()
    }

    /// The system does whatever it was asked for by somebody who had the right.
    pub fn held_by(self, standing: Standing) -> bool {
        standing == Standing::System || self.0.holders.contains(&standing)
    }

    pub fn refusal(self) -> Error {
        Error::rule(self.0.lack)
    }

    fn enum_value(self) -> MetaEnumValue {
        MetaEnumValue {
            name: self.0.name.into(),
            description: Some(self.0.description.trim_start().into()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        }
    }
}

impl Guard for Right {
    /// Enters the organization, if this operation has not yet, and asks what the entered actor may do.
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        Ok(ctx.actor().await?.require(*self)?)
    }
}

/// The schema's enum of all rights: derived enums are closed, and this one is put together from the slices' lists.
impl OutputType for Right {
    fn type_name() -> Cow<'static, str> {
        "Right".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| MetaType::Enum {
            name: "Right".into(),
            description: Some("What someone may do in an organization.".into()),
            enum_values: Self::all()
                .map(|right| (right.0.name.into(), right.enum_value()))
                .collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Enum(Name::new(self.0.name)))
    }
}
