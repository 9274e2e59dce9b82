//! Units: a row is a unit, with the approved activities that it owned in the dates (not those of units below it).

use std::sync::LazyLock;

use entity::enums::CustomReportType;
use entity::organizational_units::{self, Column};
use sea_orm::{ColumnTrait, QueryTrait};

use super::join::{Alias, Join, activity_sums, of, or_zero, region_of};
use super::{DataSource, FieldKind, GroupingBy, LEVELS, SourceField, label};
use crate::custom_report::expressions::norwegian;
use crate::organization::ids;

pub(super) static SOURCE: LazyLock<DataSource> = LazyLock::new(|| DataSource {
    report_type: CustomReportType::Units,
    label: label("Enheter", "Units"),
    description: label(
        "En enhet, med de godkjente aktivitetene den eide i perioden, uten enhetene under den.",
        "A unit, with the approved activities that it owned in the period, without the units below it.",
    ),
    fields: fields(),
    groupings: &[GroupingBy::Area, GroupingBy::Organization],
    aggregates_only: false,
    rows: |extent| extent.rows::<organizational_units::Entity>().into_query(),
    joined: &[Join::Unit],
    persons: None,
    rows_are_persons: false,
    user_id: None,
    row_key: vec![norwegian(Column::Name.into_expr()), Column::Id.into_expr()],
    approved: None,
});

fn fields() -> Vec<SourceField> {
    let mut fields = vec![
        SourceField::new(
            "unit",
            label("Enhet", "Unit"),
            label("Enhetens navn.", "The unit's name."),
            FieldKind::Text,
            Column::Name,
        )
        .identified_by(Column::Id),
        SourceField::new(
            "unit_id",
            label("Enhetens id", "Unit's id"),
            label("Id-en.", "The id."),
            FieldKind::Id(ids::ORGANIZATIONAL_UNIT),
            Column::Id,
        ),
        SourceField::new(
            "area",
            label("Område", "Area"),
            label("En enhet og alle under den.", "A unit and all below it."),
            FieldKind::Id(ids::ORGANIZATIONAL_UNIT),
            Column::Id,
        )
        .subtree(),
        SourceField::new(
            "level",
            label("Nivå", "Level"),
            label(
                "Hvor den står i organisasjonen.",
                "Where it stands in the organization.",
            ),
            FieldKind::Choice(LEVELS),
            Column::Level,
        ),
        SourceField::new(
            "parent",
            label("Overordnet enhet", "Parent unit"),
            label("Enheten over den.", "The unit above it."),
            FieldKind::Text,
            of(Alias::Parent, Column::Name),
        )
        .identified_by(Column::ParentId)
        .needs(&[Join::Parent]),
        SourceField::new(
            "region",
            label("Region", "Region"),
            label(
                "Regionen over enheten, eller enheten selv.",
                "The region above the unit, or the unit itself.",
            ),
            FieldKind::Text,
            region_of(Column::Name),
        )
        .identified_by(region_of(Column::Id))
        .needs(&[Join::Parent]),
        SourceField::new(
            "county",
            label("Fylke", "County"),
            label("Fylket der den er.", "The county where it is."),
            FieldKind::Text,
            Column::County,
        ),
        SourceField::new(
            "is_active",
            label("Aktiv", "Active"),
            label("Om enheten er aktiv nå.", "Whether the unit is active now."),
            FieldKind::Boolean,
            Column::IsActive,
        ),
    ];
    fields.extend(activity_sums(Alias::Owned, &[Join::Owned]));
    fields.extend([
        SourceField::new(
            "peer_mentors",
            label("Likepersoner", "Peer mentors"),
            label(
                "Ulike personer som ledet eller var med på å lede.",
                "Different people who led or co-led.",
            ),
            FieldKind::Integer,
            or_zero(of(Alias::Leaders, Alias::People)),
        )
        .needs(&[Join::Leaders])
        .distinct_persons(),
        SourceField::new(
            "participants",
            label("Deltakere", "Participants"),
            label(
                "Frammøtte, navngitte og anonyme.",
                "Attendances, identified and anonymous.",
            ),
            FieldKind::Integer,
            or_zero(of(Alias::Owned, Alias::Participants)),
        )
        .needs(&[Join::Owned])
        .persons(),
    ]);
    fields
}
