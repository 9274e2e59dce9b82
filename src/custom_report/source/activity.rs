//! Fields of the activity, for every report type whose rows are about one.

use entity::activities::Column;
use entity::organizational_units;

use super::join::{Join, region_of};
use super::{FieldKind, GROUP_KINDS, KINDS, MODES, SourceField, label};
use crate::organization::ids;

pub(super) fn kind() -> SourceField {
    SourceField::new(
        "kind",
        label("Type", "Kind"),
        label("Hva slags aktivitet det var.", "What sort of activity it was."),
        FieldKind::Choice(KINDS),
        Column::Kind,
    )
}
pub(super) fn group_kind() -> SourceField {
    SourceField::new(
        "group_kind",
        label("Gruppetype", "Kind of group"),
        label(
            "Hva slags gruppe; tom for andre aktiviteter.",
            "Which kind of group; empty of other activities.",
        ),
        FieldKind::Choice(GROUP_KINDS),
        Column::GroupKind,
    )
}
pub(super) fn mode() -> SourceField {
    SourceField::new(
        "mode",
        label("Møteform", "Mode"),
        label("Hvordan de møttes.", "How the people met."),
        FieldKind::Choice(MODES),
        Column::Mode,
    )
}
pub(super) fn county() -> SourceField {
    SourceField::new(
        "county",
        label("Fylke", "County"),
        label("Fylket der det var.", "The county where it was."),
        FieldKind::Text,
        Column::County,
    )
}
pub(super) fn region() -> SourceField {
    SourceField::new(
        "region",
        label("Region", "Region"),
        label(
            "Regionen over enheten, eller enheten selv.",
            "The region above the unit, or the unit itself.",
        ),
        FieldKind::Text,
        region_of(organizational_units::Column::Name),
    )
    .identified_by(region_of(organizational_units::Column::Id))
    .needs(&[Join::Unit, Join::Parent])
}
pub(super) fn area() -> SourceField {
    SourceField::new(
        "area",
        label("Område", "Area"),
        label("En enhet og alle under den.", "A unit and all below it."),
        FieldKind::Id(ids::ORGANIZATIONAL_UNIT),
        Column::UnitId,
    )
    .subtree()
}
pub(super) fn leader_id() -> SourceField {
    SourceField::new(
        "leader_id",
        label("Likepersonens id", "Peer mentor's id"),
        label("Id-en til den som ledet.", "The id of whoever led."),
        FieldKind::Id(ids::PERSON),
        Column::LeaderUserId,
    )
    .people()
}
