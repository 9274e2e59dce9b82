//! All rules, of whichever slice.

pub use bufdir_reports::activity::rules::*;
pub use bufdir_reports::audit::rules::*;
pub use bufdir_reports::custom_report::rules::*;
pub use bufdir_reports::export::rules::*;
pub use bufdir_reports::format::rules::*;
pub use bufdir_reports::kernel::rules::*;
pub use bufdir_reports::ledger::rules::*;
pub use bufdir_reports::organization::rules::*;
pub use bufdir_reports::report::rules::*;
