//! What is told of the activity `a` in every report type whose rows are about one.

use super::{Field, FieldKind, GROUP_KINDS, KINDS, MODES, label, region};
use crate::kernel::id::Kind;

pub(super) const KIND: Field = Field::new(
    "kind",
    label("Type", "Kind"),
    label("Hva slags aktivitet det var.", "What sort of activity it was."),
    FieldKind::Choice(KINDS),
    "a.kind",
);
pub(super) const GROUP_KIND: Field = Field::new(
    "group_kind",
    label("Gruppetype", "Kind of group"),
    label(
        "Hva slags gruppe; tom for andre aktiviteter.",
        "Which kind of group; empty of other activities.",
    ),
    FieldKind::Choice(GROUP_KINDS),
    "a.group_kind",
);
pub(super) const MODE: Field = Field::new(
    "mode",
    label("Møteform", "Mode"),
    label("Hvordan de møttes.", "How the people met."),
    FieldKind::Choice(MODES),
    "a.mode",
);
pub(super) const COUNTY: Field = Field::new(
    "county",
    label("Fylke", "County"),
    label("Fylket der det var.", "The county where it was."),
    FieldKind::Text,
    "a.county",
);
pub(super) const REGION: Field = Field::new(
    "region",
    label("Region", "Region"),
    label(
        "Regionen over enheten, eller enheten selv.",
        "The region above the unit, or the unit itself.",
    ),
    FieldKind::Text,
    region!("name"),
)
.identified_by(region!("id"))
.needs(&["unit", "parent"]);
pub(super) const AREA: Field = Field::new(
    "area",
    label("Område", "Area"),
    label("En enhet og alle under den.", "A unit and all below it."),
    FieldKind::Id(Kind::OrganizationalUnit),
    "a.unit_id",
)
.subtree();
pub(super) const LEADER_ID: Field = Field::new(
    "leader_id",
    label("Likepersonens id", "Peer mentor's id"),
    label("Id-en til den som ledet.", "The id of whoever led."),
    FieldKind::Id(Kind::Person),
    "a.leader_user_id",
)
.people();
