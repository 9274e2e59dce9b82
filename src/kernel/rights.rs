//! The right that every slice asks for.

use crate::kernel::right::rights;
use crate::kernel::rules::ROLE_REQUIRED;

rights! {
    /// See the organization itself, its units, one's own rights: every member, and support.
    ENTER held by [PeerMentor, Coordinator, OrgAdmin, Support], or ROLE_REQUIRED;
}
