//! The types of this slice that have an id.

pub use crate::export::ids::{REPORT, REPORT_PERIOD};
use crate::kernel::id::ids;

ids! {
    REPORT_GENERATION "ReportGeneration" as "report_generation";
}
