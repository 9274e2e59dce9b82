//! Activities: what peer mentors did, when, and who attended.
//!
//! Promises: an activity is stored whole, with its days and attendances, in the entered organization, or not at all;
//! attendance is health data and leaves this slice only as numbers. A column that the entity gains is written with the
//! others; a new part of an activity begins in [`record`].

pub mod county;
pub mod erasure;
pub mod ids;
pub mod import;
pub mod record;
pub mod rules;
mod store;

pub use store::insert_activities;
