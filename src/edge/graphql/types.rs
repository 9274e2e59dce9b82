//! The schema's types, for what is done to documents and answers around the engine.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, OperationDefinition, OperationType, Type, TypeKind, TypeSystemDefinition,
};

/// The type of each field of each type.
pub(super) struct Types(HashMap<Name, HashMap<Name, Type>>);

impl Types {
    /// Those of a schema in its own language.
    pub(super) fn of(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("the engine prints a schema");
        let types = document.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else {
                return None;
            };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => return None,
            };
            let fields = fields
                .into_iter()
                .map(|field| (field.node.name.node, field.node.ty.node));
            Some((definition.node.name.node, fields.collect()))
        });
        Self(types.collect())
    }

    /// The type of a type's field. Nothing of what introspection adds.
    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&Type> {
        self.0.get(parent)?.get(name)
    }
}

/// The type that an operation begins with.
pub(super) fn root(operation: &OperationDefinition) -> &'static str {
    match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// The name of a type, or of what the lists hold.
pub(super) fn named(base: &BaseType) -> &str {
    match base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(&of.base),
    }
}
