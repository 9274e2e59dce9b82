//! 20 reports on 20 years' periods, each with 12 audit events by several people.

use bufdir_reports::edge::demo::DemoOrganization;
use bufdir_reports::kernel::clock::{Clock, SystemClock, new_id};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::Outcome;
use crate::support::cluster::Cluster;

const YEARS: std::ops::RangeInclusive<i32> = 2006..=2025;
const EVENTS: usize = 12;
const ACTIONS: [&str; EVENTS] = [
    "generation_started",
    "generation_completed",
    "validation_completed",
    "warning_raised",
    "warning_raised",
    "warning_accepted",
    "warning_accepted",
    "export_started",
    "file_stored",
    "exported",
    "file_downloaded",
    "submission_confirmed",
];

/// Inserts them past the door; the events through the chain, as their actors.
pub async fn insert(cluster: &Cluster, organization: &DemoOrganization) -> Outcome {
    let superuser = cluster.superuser().await?;
    let actors: Vec<Uuid> = sqlx::query_scalar(
        "select m.user_id from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.role in ('coordinator', 'org_admin') and m.is_active and u.is_active
        order by m.user_id",
    )
    .bind(organization.id)
    .fetch_all(&superuser)
    .await?;
    for year in YEARS {
        let report = insert_report(&superuser, organization, year).await?;
        for (number, action) in ACTIONS.into_iter().enumerate() {
            insert_event(&superuser, organization, report, actors[number % actors.len()], action).await?;
        }
    }
    sqlx::raw_sql("analyze").execute(&superuser).await?;
    Ok(())
}

async fn insert_report(superuser: &PgPool, organization: &DemoOrganization, year: i32) -> Outcome<Uuid> {
    let now = SystemClock.now();
    sqlx::query(
        "insert into report_periods (organization_id, id, name, first_date, last_date, created_by_user_id, created_at,
            updated_at)
        values ($1, $2, $3::int::text, make_date($3, 1, 1), make_date($3, 12, 31), $4, $5, $5) on conflict do nothing",
    )
    .bind(organization.id)
    .bind(new_id(now))
    .bind(year)
    .bind(organization.admin)
    .bind(now)
    .execute(superuser)
    .await?;
    let report = new_id(now);
    sqlx::query(
        "insert into bufdir_reports (id, organization_id, report_period_id, reporting_period_start,
            reporting_period_end, status, bufdir_format_version, requested_by_user_id, created_at, updated_at)
        select $2, $1, id, starts_at, ends_at, 'pending', '2024-v2', $4, $5, $5
        from report_periods where organization_id = $1 and basis_year = $3",
    )
    .bind(organization.id)
    .bind(report)
    .bind(year)
    .bind(organization.admin)
    .bind(now)
    .execute(superuser)
    .await?;
    Ok(report)
}

async fn insert_event(
    superuser: &PgPool,
    organization: &DemoOrganization,
    report: Uuid,
    actor: Uuid,
    action: &str,
) -> Outcome {
    let now = SystemClock.now();
    let mut transaction = superuser.begin().await?;
    sqlx::query("select app.enter($1, $2, $3)")
        .bind(actor)
        .bind(organization.slug)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "insert into audit_logs (organization_id, id, sequence, created_at, actor_kind, actor_user_id, actor_name,
            actor_role, action, subject_type, subject_id, report_id, message, details, previous_hash, hash)
        select $1, $2, 0, $3, 'user', u.id, u.name, app.role(), $5, 'report', $6, $6,
            'What happened, in a sentence of the usual length.', '{\"generation\": 1}', '', ''
        from users u where u.id = $4",
    )
    .bind(organization.id)
    .bind(new_id(now))
    .bind(now)
    .bind(actor)
    .bind(action)
    .bind(report)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}
