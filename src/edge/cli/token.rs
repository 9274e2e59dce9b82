//! `token`: somebody's token, signed with the development key.

use std::time::Duration;

use clap::Args;
use login::{AuthSettings, OrganizationClaim, Subject, issue};
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use super::place::DatabasePlace;
use super::{Failure, key, print, store};
use crate::edge::config::{DataSettings, LoginSettings};
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::db::Caller;
use crate::kernel::rules;

/// Long enough to try things out; a leaked one ends by itself.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// Prints a token that lasts seven days, to send as `Authorization: Bearer <token>`.
#[derive(Args, Debug)]
pub struct Token {
    /// Whose token.
    email: String,
    /// The organization, by its short name or id, which the person can enter now; whoever has one membership only can
    /// leave it out.
    #[arg(long, value_name = "SLUG")]
    organization: Option<OrganizationClaim>,
    #[command(flatten)]
    data: DataSettings,
    #[command(flatten)]
    login: LoginSettings,
}

impl Token {
    /// Prints it.
    pub async fn run(self) -> Result<(), Failure> {
        let settings = key::login(&self.data, &self.login)?;
        let place = DatabasePlace::open(&self.data).await?;
        let user = self.user(&place).await;
        place.close().await?;
        print(&format!("{}\n", sign(&settings, user?, self.organization.as_ref())?))
    }

    /// Whose token it is, who can enter the organization that it is for.
    async fn user(&self, place: &DatabasePlace) -> Result<Uuid, Failure> {
        let user = find(place.owner().await?, &self.email).await?;
        if let Some(organization) = &self.organization {
            self.enter(place, user, organization).await?;
        }
        Ok(user)
    }

    /// Tries the door that each request goes through: a token that it refuses is of no use.
    async fn enter(&self, place: &DatabasePlace, user: Uuid, organization: &OrganizationClaim) -> Result<(), Failure> {
        place.organization(organization).await?;
        let caller = Caller {
            user_id: user,
            organization: Some(organization.to_string()),
        };
        let entered = place.database().await?.read(&caller, SystemClock.now()).await;
        match entered.map(drop) {
            Err(error) if error.broken_rule() == Some(rules::ORGANIZATION_UNKNOWN) => Err(format!(
                "{} cannot enter {organization} now: they are no active member of it and have no support access, which an \
                 org admin gives to a global admin with the mutation grantSupportAccess.",
                self.email
            )
            .into()),
            entered => Ok(entered?),
        }
    }
}

/// A token for the user.
pub fn sign(settings: &AuthSettings, user: Uuid, organization: Option<&OrganizationClaim>) -> Result<String, Failure> {
    Ok(issue(
        settings,
        Subject(user),
        organization,
        LIFETIME,
        SystemClock.now(),
    )?)
}

/// The user's id.
pub async fn find(owner: &PgConnectOptions, email: &str) -> Result<Uuid, Failure> {
    let found = store::find_user(owner, email).await?;
    found.ok_or_else(|| format!("There is no active user with the e-mail address {email}.").into())
}
