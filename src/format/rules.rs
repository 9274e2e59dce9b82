//! The rules of Bufdir's format versions.

use crate::kernel::rule::rules;

rules! {
    SCHEMA_VERSION_NON_EMPTY Invalid Database "bufdir-export" "A format version has a name."
    FORMAT_FIELDS_ARE_AN_ARRAY Invalid Database "decisions 3" "A format's fields are a JSON array."
    FORMAT_RULES_ARE_AN_OBJECT Invalid Database "decisions 3" "A format's rules are a JSON object."
    FORMAT_VERSION_VALID Invalid Database "decisions 3" "A format version follows its JSON Schema, and its fields hold what it counts."
    FORMAT_VERSION_READABLE Conflict Api "decisions 3" "This program cannot read the format version: it is too old for it."
    ONE_FORMAT_VERSION_PER_BASIS_YEAR Conflict Database "decisions 3" "A basis year has one format version."
    FORMAT_VERSION_IMMUTABLE Conflict Database "decisions 3" "A format version never changes; add a new one."
    FORMAT_VERSION_COVERS_BASIS_YEAR Invalid Api "decisions 2" "No format version covers the period's year."
}
