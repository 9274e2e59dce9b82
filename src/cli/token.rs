//! `token`: somebody's token, signed with the development key.

use std::time::Duration;

use clap::Args;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use uuid::Uuid;

use super::place::Place;
use super::{Failure, key, print};
use crate::auth::{AuthSettings, OrganizationClaim, Subject, issue};
use crate::clock::{Clock, SystemClock};
use crate::config::{DataSettings, LoginSettings};

/// Long enough to try things out; a leaked one ends by itself.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// Prints a token that lasts seven days, to send as `Authorization: Bearer <token>`.
#[derive(Args, Debug)]
pub struct Token {
    /// Whose token.
    email: String,
    /// The organization, by its short name; whoever has one membership only can leave it out.
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
        let place = Place::open(&self.data).await?;
        let user = find(place.owner().await?, &self.email).await;
        place.close().await?;
        print(&format!("{}\n", sign(&settings, user?, self.organization.as_ref())?))
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

/// The user's id. Only the owner can look people up without having entered an organization.
pub async fn find(owner: &PgConnectOptions, email: &str) -> Result<Uuid, Failure> {
    let mut connection = PgConnection::connect_with(owner).await?;
    let found = sqlx::query_scalar("select id from users where email = lower($1) and is_active")
        .bind(email)
        .fetch_optional(&mut connection)
        .await?;
    connection.close().await?;
    found.ok_or_else(|| format!("There is no active user with the e-mail address {email}.").into())
}
