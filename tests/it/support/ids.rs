//! All kinds of ids, of whichever slice.

pub use bufdir_reports::custom_report::ids::*;
pub use bufdir_reports::export::ids::*;
pub use bufdir_reports::organization::ids::*;
