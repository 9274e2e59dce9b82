//! Who reads reports and exports, and who has their files.

use crate::export::rules::ROLE_REQUIRED_FOR_EXPORT;
use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;

rights! {
    /// Read reports, figures, frozen days, warnings, the report's trail, export operations.
    READ_REPORTS held by [Coordinator, OrgAdmin, Support], or ROLE_REQUIRED;

    /// Download a report's exports.
    DOWNLOAD_REPORT_EXPORTS held by [Coordinator, OrgAdmin, Support], or ROLE_REQUIRED_FOR_EXPORT;
}
