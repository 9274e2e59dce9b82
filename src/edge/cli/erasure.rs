//! `erase-participants`: an operator erases who took part in a year.

use clap::Args;
use entity::enums::ActorKind;
use login::OrganizationClaim;

use super::Failure;
use super::place::DatabasePlace;
use crate::activity::erasure::{Erased, erase_participants};
use crate::edge::config::DataSettings;
use crate::kernel::clock::{Clock, SystemClock};

/// Erases for good who took part in a year's activities. Reports, files and the log stay as they are.
///
/// Gone are the year's attendances, the contacts that attended nothing in other years, and the year's key, by which what
/// reports froze could be held against them. The year cannot be counted again. Without --yes it only says what would go.
#[derive(Args, Debug)]
pub struct EraseParticipants {
    /// The organization, by its short name or id.
    #[arg(long, value_name = "SLUG")]
    organization: OrganizationClaim,
    /// The basis year.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1900..=2200))]
    year: i32,
    /// Do it: there is no way back.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    data: DataSettings,
}

impl EraseParticipants {
    /// Erases, or says what would be erased.
    pub async fn run(self) -> Result<(), Failure> {
        let place = DatabasePlace::open(&self.data).await?;
        let outcome = self.erase(&place).await;
        place.close().await?;
        outcome
    }

    async fn erase(&self, place: &DatabasePlace) -> Result<(), Failure> {
        let database = place.database().await?;
        let organization = place.organization(&self.organization).await?;
        // One that was deactivated is erased, too.
        let scope = database
            .conclude(ActorKind::Operator, organization, None, SystemClock.now())
            .await?;
        let erased = erase_participants(&scope, self.year).await?;
        let Some(entry) = erased.entry(&scope, self.year) else {
            eprintln!("The participants of {} are erased already.", self.year);
            return Ok(());
        };
        if self.yes {
            scope.commit([entry]).await?;
            eprintln!("Erased for {}: {}.", self.year, summarize(erased));
            return Ok(());
        }
        Err(format!(
            "This would erase for {}, for good: {}. Nothing was erased; say --yes to do it.",
            self.year,
            summarize(erased)
        )
        .into())
    }
}

fn summarize(erased: Erased) -> String {
    let Erased {
        key,
        attendances,
        contacts,
    } = erased;
    let key = if key { ", the year's key" } else { "" };
    format!("{attendances} attendances, {contacts} contacts{key}")
}
