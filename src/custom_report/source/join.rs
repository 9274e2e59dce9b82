//! What is joined when something named needs it. Tables keep their names; a table that is there already has an alias.

use entity::activity_days::{self, Column as Day};
use entity::enums::UnitLevel;
use entity::organizational_units::{self, Column as UnitColumn};
use entity::{activities, activity_co_leaders, attendances, memberships, organizations, users};
use sea_orm::sea_query::{
    Asterisk, CaseStatement, Expr, ExprTrait, Func, IntoIden, JoinType, Query, SelectStatement, UnionType,
};
use sea_orm::{ColumnTrait, DeriveIden, QueryFilter, QuerySelect, QueryTrait, RelationTrait};

use super::extent::{ReportExtent, is_approved};
use super::{FieldKind, SourceField, label};
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

/// What joined tables and their columns are called, where they are no tables of the database.
#[derive(Clone, Copy, DeriveIden)]
pub enum Alias {
    Parent,
    National,
    Attended,
    Led,
    Owned,
    Leaders,
    LastDay,
    Activities,
    Days,
    Minutes,
    Participants,
    People,
    Date,
}

impl Join {
    pub fn add(self, rows: &mut SelectStatement, extent: &ReportExtent) {
        use UnitColumn::{Id, Level, OrganizationId, ParentId};
        let units = organizational_units::Entity;
        let left = JoinType::LeftJoin;
        match self {
            Self::Unit => rows.inner_join(units, activities::Relation::OrganizationalUnits.def()),
            Self::Parent => {
                let is_above = on(Alias::Parent, OrganizationId, OrganizationId).and(on(Alias::Parent, Id, ParentId));
                rows.join_as(left, units, Alias::Parent, is_above)
            }
            Self::National => {
                let is_national = of(Alias::National, Level).eq(literal(UnitLevel::National.as_str()));
                let is_ours = on(Alias::National, OrganizationId, organizations::Column::Id);
                rows.join_as(left, units, Alias::National, is_ours.and(is_national))
            }
            Self::User => {
                let led = activities::Column::LeaderUserId.into_expr();
                rows.left_join(users::Entity, led.eq(users::Column::Id.into_expr()))
            }
            Self::Attended => join_attendances(rows, extent),
            Self::Led => {
                let is_theirs = on(Alias::Led, USER_ID, memberships::Column::UserId);
                rows.join_subquery(left, led(extent), Alias::Led, is_theirs)
            }
            Self::Owned => rows.join_subquery(left, owned(extent), Alias::Owned, on(Alias::Owned, UNIT_ID, Id)),
            Self::Leaders => {
                let is_theirs = on(Alias::Leaders, UNIT_ID, Id);
                rows.join_subquery(left, leaders(extent), Alias::Leaders, is_theirs)
            }
            Self::LastDay => {
                let last = Query::select().expr_as(extent.dates.to, Alias::Date).take();
                rows.join_subquery(JoinType::InnerJoin, last, Alias::LastDay, literal(true))
            }
        };
    }
}

/// A column of what was joined.
pub fn of(table: Alias, column: impl IntoIden) -> Expr {
    Expr::col((table, column))
}

fn on(table: Alias, column: impl IntoIden, equal: impl ColumnTrait) -> Expr {
    of(table, column).eq(equal.into_expr())
}

const USER_ID: activity_co_leaders::Column = activity_co_leaders::Column::UserId;
const UNIT_ID: activities::Column = activities::Column::UnitId;

/// How many identified people attended each day.
fn join_attendances<'a>(rows: &'a mut SelectStatement, extent: &ReportExtent) -> &'a mut SelectStatement {
    use attendances::Column::{ActivityId, LocalDate};
    let attended = extent
        .find::<attendances::Entity>()
        .column(ActivityId)
        .column(LocalDate)
        .filter(extent.covers(LocalDate))
        .group_by(ActivityId)
        .group_by(LocalDate);
    let mut attended = attended.into_query();
    attended.expr_as(Expr::col(Asterisk).count(), Alias::People);
    let is_that_day = on(Alias::Attended, LocalDate, Day::LocalDate);
    let is_that_day = is_that_day.and(on(Alias::Attended, ActivityId, Day::ActivityId));
    rows.join_subquery(JoinType::LeftJoin, attended, Alias::Attended, is_that_day)
}

/// Identified and anonymous people who attended the day.
pub fn participants() -> Expr {
    identified_participants().add(Day::AnonymousParticipants.into_expr())
}

pub fn identified_participants() -> Expr {
    or_zero(of(Alias::Attended, Alias::People))
}

/// A number of what was joined, where nothing may be.
pub fn or_zero(number: Expr) -> Expr {
    Func::coalesce([number, literal(0)]).into()
}

/// The days of approved activities, once for each person who led or co-led the activity.
fn led_days(extent: &ReportExtent) -> SelectStatement {
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
    let days = days.filter(extent.covers(Day::LocalDate));
    let is_theirs = on(Alias::People, Id, Day::ActivityId);
    days.into_query()
        .join_subquery(JoinType::InnerJoin, people, Alias::People, is_theirs)
        .take()
}

fn led(extent: &ReportExtent) -> SelectStatement {
    led_days(extent)
        .column((Alias::People, USER_ID))
        .expr_as(Day::ActivityId.into_expr().count_distinct(), Alias::Activities)
        .expr_as(Expr::col(Asterisk).count(), Alias::Days)
        .expr_as(Day::Minutes.into_expr().sum(), Alias::Minutes)
        .group_by_col((Alias::People, USER_ID))
        .take()
}

fn leaders(extent: &ReportExtent) -> SelectStatement {
    led_days(extent)
        .column((Alias::People, UNIT_ID))
        .expr_as(of(Alias::People, USER_ID).count_distinct(), Alias::People)
        .group_by_col((Alias::People, UNIT_ID))
        .take()
}

fn owned(extent: &ReportExtent) -> SelectStatement {
    let days = extent.find::<activity_days::Entity>().filter(is_approved());
    let days = days
        .inner_join(activities::Entity)
        .filter(extent.covers(Day::LocalDate))
        .column(UNIT_ID)
        .group_by(UNIT_ID);
    join_attendances(&mut days.into_query(), extent)
        .expr_as(activities::Column::Id.into_expr().count_distinct(), Alias::Activities)
        .expr_as(Expr::col(Asterisk).count(), Alias::Days)
        .expr_as(Day::Minutes.into_expr().sum(), Alias::Minutes)
        .expr_as(participants().sum().cast_as("bigint"), Alias::Participants)
        .take()
}

/// A column of the region of the unit: of itself, or of the unit above it.
pub fn region_of(column: UnitColumn) -> Expr {
    let (unit, parent) = (UnitColumn::Level.into_expr(), of(Alias::Parent, UnitColumn::Level));
    let is_region = |level: Expr| level.eq(literal(UnitLevel::Region.as_str()));
    CaseStatement::new()
        .case(is_region(unit), column.into_expr())
        .case(is_region(parent), of(Alias::Parent, column))
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
        Some(UnitLevel::National) => of(Alias::National, column),
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

/// How many activities and days a joined table has, and how long they took.
pub(super) fn activity_sums(joined: Alias, needs: &'static [Join]) -> [SourceField; 3] {
    [
        SourceField::new(
            "activities",
            label("Aktiviteter", "Activities"),
            label("Aktiviteter i perioden.", "Activities in the dates."),
            FieldKind::Integer,
            or_zero(of(joined, Alias::Activities)),
        )
        .needs(needs),
        SourceField::new(
            "days",
            label("Aktivitetsdager", "Activity-days"),
            label(
                "Dager med aktivitet, hver aktivitet for seg.",
                "Days of activity, of each activity by itself.",
            ),
            FieldKind::Integer,
            or_zero(of(joined, Alias::Days)),
        )
        .needs(needs),
        SourceField::hours(
            label("Timer", "Hours"),
            label("Varigheten av dem, i timer.", "How long they took, in hours."),
            or_zero(of(joined, Alias::Minutes)),
        )
        .needs(needs),
    ]
}
