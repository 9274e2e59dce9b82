//! The types of this slice that have an id.

use crate::kernel::id::ids;

ids! {
    ORGANIZATION "Organization" as "organization";
    PERSON "Person";
    ORGANIZATIONAL_UNIT "OrganizationalUnit";
    SUPPORT_ACCESS "SupportAccess" as "support_access";
}
