//! Whose rows a table holds. The door's scopes hand out statements for entities with one of these traits alone, so that
//! a table without a decision about its tenant can be neither read nor written.

use sea_orm::EntityTrait;

/// An entity whose rows belong to an organization. A statement about it is bound to the one that was entered.
pub trait OfOrganization: EntityTrait {
    /// The column of the organization.
    const ORGANIZATION: Self::Column;
}

/// An entity whose rows belong to no organization. The policies on its table say what of it can be seen.
pub trait Global: EntityTrait {}

/// An entity of which people have rows of their own in whichever organizations, and may see them there.
pub trait OfPerson: EntityTrait {
    /// The column of the person.
    const PERSON: Self::Column;
}

macro_rules! of_organization {
    ($($table:ident)+) => {
        $(impl OfOrganization for crate::$table::Entity {
            const ORGANIZATION: Self::Column = crate::$table::Column::OrganizationId;
        })+
    };
}

of_organization! {
    activities activity_co_leaders activity_co_units activity_days attendances audit_logs bufdir_export_audit_log
    bufdir_exports bufdir_reports contacts custom_report_runs custom_reports files frozen_days frozen_unit_figures
    job_progress memberships organizational_units participant_keys pending_exports period_figures report_generations
    report_periods report_warnings support_access
}

/// An organization is its own tenant.
impl OfOrganization for crate::organizations::Entity {
    const ORGANIZATION: Self::Column = crate::organizations::Column::Id;
}

impl Global for crate::format_versions::Entity {}
impl Global for crate::users::Entity {}

impl OfPerson for crate::memberships::Entity {
    const PERSON: Self::Column = crate::memberships::Column::UserId;
}
