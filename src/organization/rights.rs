//! Who sees and grants support access.

use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;
use crate::organization::rules::SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN;

rights! {
    /// See who was let in for support, and when.
    READ_SUPPORT_ACCESS held by [OrgAdmin, Support], or ROLE_REQUIRED;

    /// Grant and revoke support access. Nobody lets themselves in.
    MANAGE_SUPPORT_ACCESS held by [OrgAdmin], or SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN;
}
