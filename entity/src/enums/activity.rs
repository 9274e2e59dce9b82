//! Kinds and states of activities, and the verdicts on their days.

use super::stored_enum;

stored_enum! {
    /// What an activity was, in the grant scheme's categories.
    pub enum ActivityKind {
        /// Outreach: a peer mentor's conversation with one whom they sought out (oppsøkende likepersonsarbeid).
        Outreach = "outreach",
        /// A group led by a peer mentor (samtale- eller aktivitetsgruppe).
        Group = "group",
        /// A course that trains peer mentors (likepersonskurs).
        Course = "course",
        /// Registered and shown, never counted: telephone service, chat and the like.
        Other = "other",
    }
}

stored_enum! {
    /// Which kind of group an activity of kind `GROUP` was.
    pub enum GroupKind {
        /// A group for conversation (samtalegruppe).
        Conversation = "conversation",
        /// A group for doing something together (aktivitetsgruppe).
        Activity = "activity",
    }
}

stored_enum! {
    /// How the people met.
    pub enum ActivityMode {
        /// In the same place.
        InPerson = "in_person",
        /// By video or another digital meeting.
        Digital = "digital",
        /// By telephone.
        Phone = "phone",
    }
}

stored_enum! {
    /// Whether an activity has been approved. Only approved ones are included in a report.
    pub enum ActivityStatus {
        /// Awaits approval. A report shows how many there are.
        Pending = "pending",
        /// Approved, and so included.
        Approved = "approved",
        /// Turned down. A report shows how many there are.
        Rejected = "rejected",
    }
}

stored_enum! {
    /// Whether an activity-day counts for Bufdir: counted, or the first rule that it fails.
    pub enum Verdict {
        /// Passes every rule.
        Counted = "COUNTED",
        /// Took place outside Norway.
        OutsideNorway = "OUTSIDE_NORWAY",
        /// Its kind is not one that Bufdir counts.
        TypeNotCounted = "TYPE_NOT_COUNTED",
        /// Its kind counts, but not held in this mode.
        ModeNotCounted = "MODE_NOT_COUNTED",
        /// Shorter that day than its kind must last.
        TooShort = "TOO_SHORT",
        /// Fewer participants that day than its kind must have.
        TooFewParticipants = "TOO_FEW_PARTICIPANTS",
        /// Not led by a peer mentor approved at the time.
        NoApprovedLeader = "NO_APPROVED_LEADER",
        /// Same kind, leader, date, start, place and participants as an activity created earlier.
        Duplicate = "DUPLICATE",
        /// The leader's later activity of this kind that day, without new participants.
        SameDaySameParticipants = "SAME_DAY_SAME_PARTICIPANTS",
    }
}
