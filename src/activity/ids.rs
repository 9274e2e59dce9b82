//! The types of this slice that have an id.

use crate::kernel::id::ids;

ids! {
    ACTIVITY "Activity";
}
