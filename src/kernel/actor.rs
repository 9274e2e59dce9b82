//! Who acts, and as what.

use entity::enums::{ActorKind, Role};
use uuid::Uuid;

use crate::kernel::error::{Error, Result};
use crate::kernel::right::Right;

/// What someone may do within the entered organization, on the database's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    PeerMentor,
    Coordinator,
    OrgAdmin,
    /// A global admin within the window of a grant of support access.
    Support,
    /// A worker or an operator's command.
    System,
}

impl From<Role> for Standing {
    fn from(role: Role) -> Self {
        match role {
            Role::PeerMentor => Self::PeerMentor,
            Role::Coordinator => Self::Coordinator,
            Role::OrgAdmin => Self::OrgAdmin,
        }
    }
}

/// Someone who has entered an organization.
#[derive(Clone, Debug)]
pub struct Actor {
    pub kind: ActorKind,
    /// Absent for the operator's commands.
    pub user_id: Option<Uuid>,
    pub name: String,
    /// The role as it is now; of a worker, that of the person on whose behalf it acts. None under support access.
    pub role: Option<Role>,
    pub standing: Standing,
    pub organization_id: Uuid,
    pub support_access_id: Option<Uuid>,
    pub is_test_organization: bool,
}

impl Actor {
    /// The person who acts; an error for the operator's commands, which act for nobody.
    pub fn person(&self) -> Result<Uuid> {
        self.user_id
            .ok_or_else(|| Error::internal("this needs a person who acts"))
    }

    /// Whether the person on whose behalf a worker acts has the right as a member, by the role that the database sees now.
    pub fn person_holds(&self, right: Right) -> bool {
        self.role.is_some_and(|role| right.held_by(role.into()))
    }

    /// Refuses an actor without the right.
    pub fn require(&self, right: Right) -> Result<()> {
        if right.held_by(self.standing) {
            Ok(())
        } else {
            Err(right.refusal())
        }
    }
}
