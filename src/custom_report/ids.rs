//! The types of this slice that have an id.

pub use crate::export::ids::CUSTOM_REPORT_RUN;
use crate::kernel::id::ids;

ids! {
    CUSTOM_REPORT "CustomReport";
}
