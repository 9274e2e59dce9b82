//! Who makes reports, and of what.

use crate::export::rules::ROLE_REQUIRED_FOR_EXPORT;
use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;
use crate::report::rules::{REOPENING_REQUIRES_ORG_ADMIN, ROLE_REQUIRED_FOR_GENERATION};

rights! {
    /// Create and edit report periods, period figures, report notes.
    EDIT_PERIODS held by [Coordinator, OrgAdmin], or ROLE_REQUIRED;

    /// Generate, retry, regenerate before export.
    GENERATE_REPORTS held by [Coordinator, OrgAdmin], or ROLE_REQUIRED_FOR_GENERATION;

    /// Export, accept warnings, confirm a submission.
    EXPORT_REPORTS held by [Coordinator, OrgAdmin], or ROLE_REQUIRED_FOR_EXPORT;

    /// Reopen an exported report.
    REOPEN_REPORTS held by [OrgAdmin], or REOPENING_REQUIRES_ORG_ADMIN;
}
