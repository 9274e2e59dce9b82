//! The types of this slice that have an id.

pub use crate::export::ids::BUFDIR_EXPORT;
