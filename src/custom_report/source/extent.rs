//! Of which rows a report is: the organization's, within its dates.

use entity::enums::ActivityStatus;
use entity::tenancy::OfOrganization;
use entity::{activities, organizations};
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{ColumnTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::custom_report::LocalDates;
use crate::custom_report::expressions::literal;
use crate::kernel::db::{ReadScope, Scoped};

/// Of which rows a report is: the organization's, within its dates.
pub struct ReportExtent<'a> {
    pub scope: &'a ReadScope,
    pub dates: LocalDates,
}

impl ReportExtent<'_> {
    pub fn organization(&self) -> Uuid {
        self.scope.organization()
    }

    /// The organization's rows of a table, with no column of theirs selected.
    pub fn find<E: OfOrganization>(&self) -> Select<E> {
        self.scope.find::<E>().select_only()
    }

    /// The rows that a report type's are made of, with their organization. The test organization has none, not even for
    /// its own users (`test_org_excluded_from_output`).
    pub fn rows<E: OfOrganization>(&self) -> Select<E> {
        let organization = E::belongs_to(organizations::Entity)
            .from(E::ORGANIZATION)
            .to(organizations::Column::Id);
        let rows = self.find::<E>().join(JoinType::InnerJoin, organization.into());
        rows.filter(is_real())
    }

    /// A row where the organization is not the test organization, and none where it is.
    pub fn organization_row(&self) -> SelectStatement {
        let rows = self.find::<organizations::Entity>().filter(is_real());
        rows.expr(literal(1)).into_query()
    }

    /// Whether a local date is one of the report's.
    pub fn covers(&self, date: impl ColumnTrait) -> Expr {
        date.between(self.dates.from, self.dates.to)
    }
}

fn is_real() -> Expr {
    organizations::Column::IsTest.into_expr().not()
}

/// Whether the activity is approved.
pub fn is_approved() -> Expr {
    activities::Column::Status
        .into_expr()
        .eq(literal(ActivityStatus::Approved.as_str()))
}
