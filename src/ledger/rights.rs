//! Who keeps the ledger.

use crate::kernel::right::rights;
use crate::ledger::rules::ORG_ADMIN_ONLY_ACCESS;

rights! {
    /// Keep the export ledger: read, create, regenerate, download.
    KEEP_LEDGER held by [OrgAdmin, Support], or ORG_ADMIN_ONLY_ACCESS;
}
