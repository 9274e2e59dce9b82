//! Peer mentors: a row is a membership as a peer mentor, with what was led in the dates.

use std::sync::LazyLock;

use entity::enums::{CustomReportType, Role};
use entity::memberships::{self, Column};
use entity::users;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, QueryFilter, QueryTrait};

use super::join::{Alias, Join, activity_sums, of};
use super::{DataSource, FieldKind, GroupingBy, SourceField, label};
use crate::custom_report::expressions::{literal, norwegian};
use crate::organization::ids;

pub(super) static SOURCE: LazyLock<DataSource> = LazyLock::new(|| DataSource {
    report_type: CustomReportType::PeerMentors,
    label: label("Likepersoner", "Peer mentors"),
    description: label(
        "En likeperson, med godkjente aktiviteter vedkommende ledet eller var med på å lede i perioden.",
        "A peer mentor, with the approved activities that they led or co-led in the period.",
    ),
    fields: fields(),
    groupings: &[GroupingBy::User, GroupingBy::Organization],
    aggregates_only: false,
    rows: |extent| {
        let is_peer_mentor = Column::Role.into_expr().eq(literal(Role::PeerMentor.as_str()));
        let members = extent.rows::<memberships::Entity>().inner_join(users::Entity);
        members
            .filter(is_peer_mentor.or(Column::PeerApprovedFrom.is_not_null()))
            .into_query()
    },
    joined: &[Join::User],
    persons: None,
    rows_are_persons: true,
    user_id: Some(Column::UserId.into_expr()),
    row_key: vec![norwegian(users::Column::Name.into_expr()), Column::UserId.into_expr()],
    approved: None,
});

fn is_approved_on_the_last_day() -> Expr {
    let last = of(Alias::LastDay, Alias::Date);
    let until = Column::PeerApprovedUntil
        .is_null()
        .or(Column::PeerApprovedUntil.into_expr().gte(last.clone()));
    let is_approved = Column::PeerApprovedFrom.into_expr().lte(last).and(until);
    Func::coalesce([is_approved, literal(false)]).into()
}

fn fields() -> Vec<SourceField> {
    let mut fields = vec![
        SourceField::new(
            "peer_mentor",
            label("Likeperson", "Peer mentor"),
            label("Navnet.", "The name."),
            FieldKind::Text,
            users::Column::Name,
        )
        .identified_by(Column::UserId)
        .people(),
        SourceField::new(
            "peer_mentor_id",
            label("Likepersonens id", "Peer mentor's id"),
            label("Id-en.", "The id."),
            FieldKind::Id(ids::PERSON),
            Column::UserId,
        )
        .people(),
        SourceField::new(
            "is_active",
            label("Aktiv", "Active"),
            label("Om medlemskapet er aktivt nå.", "Whether the membership is active now."),
            FieldKind::Boolean,
            Column::IsActive,
        ),
        SourceField::new(
            "is_approved",
            label("Godkjent", "Approved"),
            label(
                "Om vedkommende var godkjent den siste dagen.",
                "Whether they were approved on the last of the dates.",
            ),
            FieldKind::Boolean,
            is_approved_on_the_last_day(),
        )
        .needs(&[Join::LastDay]),
        SourceField::new(
            "approved_from",
            label("Godkjent fra", "Approved from"),
            label("Første dag som godkjent.", "The first day as an approved peer mentor."),
            FieldKind::Date,
            Column::PeerApprovedFrom,
        ),
        SourceField::new(
            "approved_until",
            label("Godkjent til", "Approved until"),
            label(
                "Siste dag som godkjent; tom uten slutt.",
                "The last day as an approved peer mentor; empty without an end.",
            ),
            FieldKind::Date,
            Column::PeerApprovedUntil,
        ),
        SourceField::new(
            "trained_on",
            label("Kurset", "Trained on"),
            label("Dagen for likepersonskurset.", "The day of the peer mentors' course."),
            FieldKind::Date,
            Column::PeerTrainedOn,
        ),
    ];
    fields.extend(activity_sums(Alias::Led, &[Join::Led]));
    fields
}
