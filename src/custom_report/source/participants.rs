//! Participants: a row is an identified person's attendance on a day of an approved activity. No row is ever shown: only
//! aggregates are, and only of groups of five persons and more.

use std::sync::LazyLock;

use entity::activities;
use entity::activity_days::{self, Column as Day};
use entity::attendances::{self, Column};
use entity::enums::CustomReportType;
use sea_orm::{ColumnTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, RelationTrait};

use super::activity::{area, county, group_kind, kind, leader_id, mode, region};
use super::extent::is_approved;
use super::{DataSource, FieldKind, GroupingBy, SourceField, label};
use crate::custom_report::definition::Aggregation;

pub(super) static SOURCE: LazyLock<DataSource> = LazyLock::new(|| DataSource {
    report_type: CustomReportType::Participants,
    label: label("Deltakere", "Participants"),
    description: label(
        "En navngitt deltakers oppmøte på en dag av en godkjent aktivitet; bare samlede tall.",
        "An identified participant's attendance on a day of an approved activity; aggregates only.",
    ),
    fields: fields(),
    groupings: GroupingBy::ALL,
    aggregates_only: true,
    rows: |extent| {
        let attendances = extent.rows::<attendances::Entity>().inner_join(activity_days::Entity);
        attendances
            .join(JoinType::InnerJoin, activity_days::Relation::Activities.def())
            .filter(extent.covers(Column::LocalDate))
            .filter(is_approved())
            .into_query()
    },
    joined: &[],
    persons: Some(Column::ContactId.into_expr()),
    rows_are_persons: false,
    user_id: Some(activities::Column::LeaderUserId.into_expr()),
    row_key: Vec::new(),
    approved: None,
});

fn fields() -> Vec<SourceField> {
    vec![
        SourceField::new(
            "participant",
            label("Deltakere", "Participants"),
            label("Ulike navngitte personer.", "Different identified people."),
            FieldKind::Integer,
            Column::ContactId,
        )
        .column_only()
        .persons()
        .aggregated(&[Aggregation::CountDistinct]),
        SourceField::new(
            "attendance",
            label("Oppmøter", "Attendances"),
            label(
                "Navngitte oppmøter, en for hver person og dag.",
                "Identified attendances, one for each person and day.",
            ),
            FieldKind::Integer,
            Column::ContactId,
        )
        .column_only()
        .persons()
        .aggregated(&[Aggregation::Count]),
        SourceField::new(
            "activity",
            label("Aktiviteter", "Activities"),
            label("Ulike aktiviteter.", "Different activities."),
            FieldKind::Integer,
            activities::Column::Id,
        )
        .column_only()
        .persons()
        .aggregated(&[Aggregation::CountDistinct]),
        SourceField::hours(
            label("Deltakertimer", "Participant hours"),
            label("Timer, en gang for hver deltaker.", "Hours, once for each participant."),
            Day::Minutes,
        )
        .column_only()
        .persons()
        .aggregated(&[Aggregation::Sum, Aggregation::Average]),
        SourceField::new(
            "date",
            label("Dato", "Date"),
            label("Dagen i Norge.", "The day in Norway."),
            FieldKind::Date,
            Column::LocalDate,
        )
        .filter_only(),
        kind().filter_only(),
        group_kind().filter_only(),
        mode().filter_only(),
        county().filter_only(),
        region().filter_only(),
        area(),
        leader_id().filter_only(),
    ]
}
