//! An activity as the organization registered it, with the days on which it took place and who attended.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

/// A closed set of words, as the database stores them and its named CHECKs demand.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that the database stores.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word).ok_or(UnknownWord)
            }
        }
    };
}

/// The word is none of the set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

words! {
    /// What sort of peer support (domain.md, 1): only the first three can count.
    Kind {
        /// A peer seeks out somebody in the target group.
        Outreach = "outreach",
        Group = "group",
        /// Training of peers.
        Course = "course",
        /// Registered and shown, never counted: telephone service, chat and the like.
        Other = "other",
    }
}

words! {
    /// What a group does; groups alone have one.
    GroupKind { Conversation = "conversation", Activity = "activity" }
}

words! {
    /// How the people met.
    Mode { InPerson = "in_person", Digital = "digital", Phone = "phone" }
}

words! {
    /// What the coordinator decided; only approved activities enter a report.
    Status { Pending = "pending", Approved = "approved", Rejected = "rejected" }
}

/// One activity with its days; ids are the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub id: Uuid,
    pub unit: Uuid,
    pub kind: Kind,
    /// Given for groups, and for groups alone.
    pub group_kind: Option<GroupKind>,
    pub mode: Mode,
    pub status: Status,
    pub title: String,
    pub place: String,
    pub county: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub leader: Option<Uuid>,
    pub co_leaders: Vec<Uuid>,
    pub peer_initiated: bool,
    pub recreational: bool,
    /// Another organization that took part, by name.
    pub co_organiser: Option<String>,
    /// Units beside the one that owns the activity; listed, never summed.
    pub co_units: Vec<Uuid>,
    /// The coordinator who confirmed that a second activity's anonymous participants were new.
    pub newcomers_confirmed_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// By date; one for each local date.
    pub days: Vec<Day>,
}

/// One local date (Europe/Oslo) on which an activity took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    pub starts_at: Option<NaiveTime>,
    /// Of the sessions, without nights and travel: 0 to 1440.
    pub minutes: i32,
    pub anonymous: i32,
    /// Identified contacts who attended, each once.
    pub contacts: Vec<Uuid>,
}
