//! Roles of people and levels of an organization's units.

use super::stored_enum;

stored_enum! {
    /// What a membership allows in its organization.
    pub enum Role {
        /// Does and registers activities. Sees no reports.
        PeerMentor = "peer_mentor",
        /// Generates, exports and submits reports of the whole organization.
        Coordinator = "coordinator",
        /// A coordinator who also reopens reports, keeps the ledger and grants support access.
        OrgAdmin = "org_admin",
    }
}

stored_enum! {
    /// Where a unit stands in its organization's tree. Each level stands below the one before.
    pub enum UnitLevel {
        /// The national body: the root, and the only one of its level.
        National = "national",
        /// A region, below the national body.
        Region = "region",
        /// A local branch, below a region or the national body.
        Local = "local",
    }
}
