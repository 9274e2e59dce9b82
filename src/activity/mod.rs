//! Activities: what peer mentors did, when, and who attended.
//!
//! Promises: an activity is stored whole, with its days and attendances, in the entered organization, or not at all;
//! attendance is health data and leaves this slice only as numbers. To add a column, begin in [`record`], then let
//! [`bulk`] write it.

pub mod bulk;
pub mod county;
pub mod erasure;
pub mod import;
pub mod record;
