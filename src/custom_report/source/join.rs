//! What is joined when something named needs it. Tables keep their names; a table that is there already has an alias.

use entity::enums::UnitLevel;
use entity::organizational_units::{self, Column as UnitColumn};
use entity::{activities, activity_co_leaders, activity_days, attendances, memberships, organizations, users};
use sea_orm::sea_query::{
    Asterisk, CaseStatement, Expr, ExprTrait, Func, IntoIden, JoinType, Query, SelectStatement, UnionType,
};
use sea_orm::{ColumnTrait, Condition, DeriveIden, QueryFilter, QuerySelect, QueryTrait, RelationTrait};

use super::extent::{Extent, is_approved};
use crate::custom_report::expressions::literal;

/// What can be joined, each after those that its condition names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Join {
    /// The unit that owns the activity.
    Unit,
    /// The unit above the unit.
    Parent,
    /// The organization's national unit.
    National,
    /// Who led the activity; of peer mentors themselves.
    User,
    /// How many identified people attended the day.
    Attended,
    /// What a member led or co-led.
    Led,
    /// What a unit owned.
    Owned,
    /// Who led what a unit owned.
    Leaders,
    /// The last of the dates.
    LastDay,
}

/// The unit above the unit.
#[derive(DeriveIden)]
pub struct Parent;

#[derive(DeriveIden)]
struct National;

#[derive(DeriveIden)]
pub enum Attended {
    Table,
    People,
}

#[derive(DeriveIden)]
pub enum Led {
    Table,
    Activities,
    Days,
    Minutes,
}

#[derive(DeriveIden)]
pub enum Owned {
    Table,
    Activities,
    Days,
    Minutes,
    Participants,
}

#[derive(DeriveIden)]
pub enum Leaders {
    Table,
    People,
}

#[derive(DeriveIden)]
pub enum LastDay {
    Table,
    Date,
}

impl Join {
    pub fn add(self, rows: &mut SelectStatement, extent: &Extent) {
        let unit = UnitColumn::Id.into_expr();
        match self {
            Self::Unit => {
                let owner = Condition::from(activities::Relation::OrganizationalUnits.def());
                rows.inner_join(organizational_units::Entity, owner)
            }
            Self::Parent => {
                let is_above = of(Parent, UnitColumn::OrganizationId)
                    .eq(UnitColumn::OrganizationId.into_expr())
                    .and(of(Parent, UnitColumn::Id).eq(UnitColumn::ParentId.into_expr()));
                rows.join_as(JoinType::LeftJoin, organizational_units::Entity, Parent, is_above)
            }
            Self::National => {
                let is_national = of(National, UnitColumn::OrganizationId)
                    .eq(organizations::Column::Id.into_expr())
                    .and(of(National, UnitColumn::Level).eq(literal(UnitLevel::National.as_str())));
                rows.join_as(JoinType::LeftJoin, organizational_units::Entity, National, is_national)
            }
            Self::User => {
                let is_leader = users::Column::Id
                    .into_expr()
                    .eq(activities::Column::LeaderUserId.into_expr());
                rows.left_join(users::Entity, is_leader)
            }
            Self::Attended => join_attendances(rows, extent),
            Self::Led => {
                let is_theirs = of(Led::Table, USER_ID).eq(memberships::Column::UserId.into_expr());
                rows.join_subquery(JoinType::LeftJoin, led(extent), Led::Table, is_theirs)
            }
            Self::Owned => {
                let is_theirs = of(Owned::Table, UNIT_ID).eq(unit);
                rows.join_subquery(JoinType::LeftJoin, owned(extent), Owned::Table, is_theirs)
            }
            Self::Leaders => {
                let is_theirs = of(Leaders::Table, UNIT_ID).eq(unit);
                rows.join_subquery(JoinType::LeftJoin, leaders(extent), Leaders::Table, is_theirs)
            }
            Self::LastDay => {
                let last = Query::select().expr_as(extent.dates.to, LastDay::Date).take();
                rows.join_subquery(JoinType::InnerJoin, last, LastDay::Table, literal(true))
            }
        };
    }
}

/// A column of what was joined.
pub fn of(table: impl IntoIden, column: impl IntoIden) -> Expr {
    Expr::col((table, column))
}

const USER_ID: activity_co_leaders::Column = activity_co_leaders::Column::UserId;
const UNIT_ID: activities::Column = activities::Column::UnitId;

/// How many identified people attended each day.
fn join_attendances<'a>(rows: &'a mut SelectStatement, extent: &Extent) -> &'a mut SelectStatement {
    use attendances::Column::{ActivityId, LocalDate};
    let attended = extent
        .find::<attendances::Entity>()
        .column(ActivityId)
        .column(LocalDate)
        .filter(extent.covers(LocalDate))
        .group_by(ActivityId)
        .group_by(LocalDate);
    let mut attended = attended.into_query();
    attended.expr_as(Expr::col(Asterisk).count(), Attended::People);
    let is_that_day = of(Attended::Table, ActivityId)
        .eq(activity_days::Column::ActivityId.into_expr())
        .and(of(Attended::Table, LocalDate).eq(activity_days::Column::LocalDate.into_expr()));
    rows.join_subquery(JoinType::LeftJoin, attended, Attended::Table, is_that_day)
}

/// Identified and anonymous people who attended the day.
pub fn participants() -> Expr {
    identified_participants().add(activity_days::Column::AnonymousParticipants.into_expr())
}

pub fn identified_participants() -> Expr {
    or_zero(of(Attended::Table, Attended::People))
}

/// A number of what was joined, where nothing may be.
pub fn or_zero(number: Expr) -> Expr {
    Func::coalesce([number, literal(0)]).into()
}

/// The days of approved activities, once for each person who led or co-led the activity.
fn led_days(extent: &Extent) -> SelectStatement {
    use activities::Column::{Id, LeaderUserId, UnitId};
    let leaders = extent.find::<activities::Entity>().filter(is_approved());
    let leaders = leaders.filter(LeaderUserId.is_not_null()).column(Id).column(UnitId);
    let others = extent.find::<activity_co_leaders::Entity>();
    let others = others
        .inner_join(activities::Entity)
        .filter(is_approved())
        .column(Id)
        .column(UnitId)
        .column(USER_ID);
    let mut people = leaders.column_as(LeaderUserId, USER_ID).into_query();
    people.union(UnionType::Distinct, others.into_query());
    let days = extent.find::<activity_days::Entity>();
    let days = days.filter(extent.covers(activity_days::Column::LocalDate));
    let is_theirs = of(People, Id).eq(activity_days::Column::ActivityId.into_expr());
    days.into_query()
        .join_subquery(JoinType::InnerJoin, people, People, is_theirs)
        .take()
}

#[derive(DeriveIden)]
struct People;

fn led(extent: &Extent) -> SelectStatement {
    led_days(extent)
        .column((People, USER_ID))
        .expr_as(
            activity_days::Column::ActivityId.into_expr().count_distinct(),
            Led::Activities,
        )
        .expr_as(Expr::col(Asterisk).count(), Led::Days)
        .expr_as(activity_days::Column::Minutes.into_expr().sum(), Led::Minutes)
        .group_by_col((People, USER_ID))
        .take()
}

fn leaders(extent: &Extent) -> SelectStatement {
    led_days(extent)
        .column((People, UNIT_ID))
        .expr_as(of(People, USER_ID).count_distinct(), Leaders::People)
        .group_by_col((People, UNIT_ID))
        .take()
}

fn owned(extent: &Extent) -> SelectStatement {
    let days = extent.find::<activity_days::Entity>().filter(is_approved());
    let days = days
        .inner_join(activities::Entity)
        .filter(extent.covers(activity_days::Column::LocalDate))
        .column(UNIT_ID)
        .group_by(UNIT_ID);
    join_attendances(&mut days.into_query(), extent)
        .expr_as(activities::Column::Id.into_expr().count_distinct(), Owned::Activities)
        .expr_as(Expr::col(Asterisk).count(), Owned::Days)
        .expr_as(activity_days::Column::Minutes.into_expr().sum(), Owned::Minutes)
        .expr_as(participants().sum().cast_as("bigint"), Owned::Participants)
        .take()
}

/// A column of the region of the unit: of itself, or of the unit above it.
pub fn region_of(column: UnitColumn) -> Expr {
    let is_region = |level: Expr| level.eq(literal(UnitLevel::Region.as_str()));
    CaseStatement::new()
        .case(is_region(UnitColumn::Level.into_expr()), column.into_expr())
        .case(is_region(of(Parent, UnitColumn::Level)), of(Parent, column))
        .into()
}

/// A column of the area of the unit at a level; without one it is the unit itself.
pub fn area_of(level: Option<UnitLevel>, column: UnitColumn) -> Expr {
    match level {
        None => column.into_expr(),
        Some(UnitLevel::Local) => {
            let is_local = UnitColumn::Level.into_expr().eq(literal(UnitLevel::Local.as_str()));
            CaseStatement::new().case(is_local, column.into_expr()).into()
        }
        Some(UnitLevel::Region) => region_of(column),
        Some(UnitLevel::National) => of(National, column),
    }
}

/// What [`area_of`] a level needs.
pub fn joins_of_area(level: Option<UnitLevel>) -> &'static [Join] {
    match level {
        None | Some(UnitLevel::Local) => &[Join::Unit],
        Some(UnitLevel::Region) => &[Join::Unit, Join::Parent],
        Some(UnitLevel::National) => &[Join::National],
    }
}
