//! Who reads the log.

use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;

rights! {
    /// Read and export the organization's whole log.
    READ_WHOLE_LOG held by [OrgAdmin, Support], or ROLE_REQUIRED;
}
