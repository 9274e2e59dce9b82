//! An example organization, loaded as `demo` loads its organizations.

use bufdir_reports::edge::demo::{self, DemoOrganization, DemoSettings};
use bufdir_reports::kernel::audit_entry::AuditEntry;
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::migrate;
use entity::enums::{ActorKind, AuditAction};
use sea_orm::SqlxPostgresConnector;

use super::Outcome;
use super::cluster::Cluster;

/// Loads one large organization with so many activities, all in 2024.
pub async fn load(cluster: &Cluster, activities: u64) -> Outcome<DemoOrganization> {
    let mut plan = demo::plan_one_year(&DemoSettings {
        activities,
        ..DemoSettings::default()
    });
    let owner = SqlxPostgresConnector::from_sqlx_postgres_pool(cluster.connection(migrate::OWNER).await?);
    demo::provision(&owner, &plan).await?;
    let database = Database::open(cluster.options(migrate::APP)?, 1);
    let organization = plan.organizations.pop().ok_or("the plan has no organization")?;
    let now = SystemClock.now();
    let scope = database.work(ActorKind::Operator, organization.id, None, now).await?;
    demo::load_organization(&scope, &organization, &|_| ()).await?;
    let loaded = "Example data was loaded.";
    let entry = AuditEntry::new(AuditAction::DemoDataLoaded, "organization", organization.id, loaded);
    scope.commit([entry]).await?;
    demo::analyze(&owner).await?;
    Ok(organization)
}
