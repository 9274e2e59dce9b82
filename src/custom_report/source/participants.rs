//! Participants: a row is an identified person's attendance on a day of an approved activity. No row is ever shown: only
//! aggregates are, and only of groups of five persons and more.

use entity::enums::CustomReportType;

use super::activity::{AREA, COUNTY, GROUP_KIND, KIND, LEADER_ID, MODE, REGION};
use super::{Field, FieldKind, GroupingBy, LEADER, NATIONAL, PARENT, Source, UNIT, label};
use crate::custom_report::definition::Aggregation;

pub(super) const SOURCE: Source = Source {
    report_type: CustomReportType::Participants,
    label: label("Deltakere", "Participants"),
    description: label(
        "En navngitt deltakers oppmøte på en dag av en godkjent aktivitet; bare samlede tall.",
        "An identified participant's attendance on a day of an approved activity; aggregates only.",
    ),
    fields: FIELDS,
    groupings: &[
        GroupingBy::User,
        GroupingBy::Area,
        GroupingBy::Date,
        GroupingBy::Organization,
        GroupingBy::Kind,
        GroupingBy::Mode,
    ],
    aggregates_only: true,
    from: "attendances t
        join activities a on a.organization_id = $1 and a.id = t.activity_id and a.status = 'approved'
        join activity_days d on d.organization_id = $1 and d.activity_id = t.activity_id and d.local_date = t.local_date
        join organizations o on o.id = t.organization_id and not o.is_test",
    filter: "t.organization_id = $1 and t.local_date between $2 and $3",
    joins: &[UNIT, PARENT, NATIONAL, LEADER],
    persons: Some("t.contact_id"),
    rows_are_persons: false,
    user_id: "a.leader_user_id",
    row_key: &[],
    approved: None,
};

const FIELDS: &[Field] = &[
    Field::new(
        "participant",
        label("Deltakere", "Participants"),
        label("Ulike navngitte personer.", "Different identified people."),
        FieldKind::Integer,
        "t.contact_id",
    )
    .column_only()
    .persons()
    .aggregated(&[Aggregation::CountDistinct]),
    Field::new(
        "attendance",
        label("Oppmøter", "Attendances"),
        label(
            "Navngitte oppmøter, en for hver person og dag.",
            "Identified attendances, one for each person and day.",
        ),
        FieldKind::Integer,
        "t.contact_id",
    )
    .column_only()
    .persons()
    .aggregated(&[Aggregation::Count]),
    Field::new(
        "activity",
        label("Aktiviteter", "Activities"),
        label("Ulike aktiviteter.", "Different activities."),
        FieldKind::Integer,
        "a.id",
    )
    .column_only()
    .persons()
    .aggregated(&[Aggregation::CountDistinct]),
    Field::new(
        "hours",
        label("Deltakertimer", "Participant hours"),
        label("Timer, en gang for hver deltaker.", "Hours, once for each participant."),
        FieldKind::Decimal,
        "round(d.minutes / 60.0, 2)",
    )
    .of_minutes("d.minutes")
    .column_only()
    .persons()
    .aggregated(&[Aggregation::Sum, Aggregation::Average]),
    Field::new(
        "date",
        label("Dato", "Date"),
        label("Dagen i Norge.", "The day in Norway."),
        FieldKind::Date,
        "t.local_date",
    )
    .filter_only(),
    KIND.filter_only(),
    GROUP_KIND.filter_only(),
    MODE.filter_only(),
    COUNTY.filter_only(),
    REGION.filter_only(),
    AREA,
    LEADER_ID.filter_only(),
];
