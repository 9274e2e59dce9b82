//! Loads the example data, once: through the doors, as an operator and as each organization's admin.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use entity::enums::{ActorKind, AuditAction};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use super::steps::step;
use super::token::find;
use super::{Failure, store};
use crate::edge::demo::{self, DemoOrganization, DemoSettings};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::db::{Caller, Database};
use crate::organization::{self, GlobalAdmin, NewGrant};

/// The global admin whom the first organization lets in.
pub const SUPPORT: &str = "support@bufdir-reports.example";

/// Loads what is missing; whether anything was. A second start finds everything there, however many activities it asks
/// for.
pub async fn load(database: &Database, owner: &PgConnectOptions, activities: Option<u64>) -> Result<bool, Failure> {
    let owner_connection = store::connect(owner).await?;
    let settings = DemoSettings::default();
    let plan = demo::plan(&DemoSettings {
        activities: activities.unwrap_or(settings.activities),
        ..settings
    });
    demo::provision(&owner_connection, &plan).await?;
    let mut is_new = false;
    for organization in &plan.organizations {
        is_new |= step(
            &format!("Loading {}", organization.name),
            load_one(database, organization),
        )
        .await?;
    }
    if is_new {
        step("Gathering statistics", demo::analyze(&owner_connection)).await?;
    }
    owner_connection.close().await?;
    let support = find(owner, SUPPORT).await?;
    if let Some(organization) = plan.organizations.first() {
        let_in(database, organization, support).await?;
    }
    Ok(is_new)
}

/// Whether anything was loaded.
async fn load_one(database: &Database, organization: &DemoOrganization) -> Result<bool, Failure> {
    let now = SystemClock.now();
    let scope = database.work(ActorKind::Operator, organization.id, None, now).await?;
    let said = Tenths::default();
    let loaded = demo::load_organization(&scope, organization, &|progress| said.say(progress)).await?;
    if let Some(loaded) = loaded {
        let details = serde_json::to_value(loaded)?;
        scope
            .commit([entry(organization, "Example data was loaded.").with(details)])
            .await?;
    }
    let admin = admin_of(organization);
    let scope = database.write(&admin, now).await?;
    let figures = demo::load_figures(&scope, organization).await?;
    if figures > 0 {
        let entry = entry(organization, "Example figures were typed in.").with(json!({ "figures": figures }));
        scope.commit([entry]).await?;
    }
    Ok(loaded.is_some() || figures > 0)
}

fn entry(organization: &DemoOrganization, message: &str) -> AuditEntry {
    AuditEntry::new(AuditAction::DemoDataLoaded, "organization", organization.id, message)
}

fn admin_of(organization: &DemoOrganization) -> Caller {
    Caller {
        user_id: organization.admin,
        organization: Some(organization.slug.to_owned()),
    }
}

/// Grants the global admin support access where there is none that lasts until the tokens end.
async fn let_in(database: &Database, demo: &DemoOrganization, support: Uuid) -> Result<(), Failure> {
    let now = SystemClock.now();
    let scope = database.write(&admin_of(demo), now).await?;
    if store::has_support_access(&scope, support, now + lifetime()).await? {
        return Ok(());
    }
    let grant = NewGrant {
        global_admin: GlobalAdmin::Id(support),
        reason: "To show the demo".to_owned(),
        valid_from: None,
        valid_until: now + TimeDelta::days(30),
    };
    organization::grant(scope, grant).await?;
    Ok(())
}

fn lifetime() -> TimeDelta {
    TimeDelta::from_std(super::token::LIFETIME).unwrap_or(TimeDelta::zero())
}

/// Says how far a load has come, once for each tenth of it.
#[derive(Default)]
struct Tenths(Mutex<u64>);

impl Tenths {
    fn say(&self, progress: demo::DemoProgress) {
        let tenth = progress.done * 10 / progress.total.max(1);
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tenth > *said && progress.total > 10_000 {
            *said = tenth;
            eprintln!(
                "  {}: {} of {} activities",
                progress.organization, progress.done, progress.total
            );
        }
    }
}
