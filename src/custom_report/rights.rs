//! Who reads and who defines custom reports.

use crate::custom_report::rules::ORG_ADMIN_ONLY_CREATE;
use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;

rights! {
    /// Read, preview, run and download custom reports.
    READ_CUSTOM_REPORTS held by [Coordinator, OrgAdmin, Support], or ROLE_REQUIRED;

    /// Create, edit, duplicate, transfer and delete custom reports.
    EDIT_CUSTOM_REPORTS held by [OrgAdmin, Support], or ORG_ADMIN_ONLY_CREATE;
}
