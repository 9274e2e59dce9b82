//! Activities: a row is an activity on one of its local dates.

use std::sync::LazyLock;

use entity::activities::Column;
use entity::activity_days::Column as Day;
use entity::enums::CustomReportType;
use entity::{activities, organizational_units, users};
use sea_orm::{ColumnTrait, QueryFilter, QueryTrait};

use super::activity::{area, county, group_kind, kind, leader_id, mode, region};
use super::extent::is_approved;
use super::join::{Join, identified_participants, participants};
use super::{DataSource, FieldKind, GroupingBy, STATUSES, SourceField, label};
use crate::activity::ids;
use crate::custom_report::expressions::{literal, null_if};

pub(super) static SOURCE: LazyLock<DataSource> = LazyLock::new(|| DataSource {
    report_type: CustomReportType::Activities,
    label: label("Aktiviteter", "Activities"),
    description: label(
        "En aktivitet på en av dagene den fant sted. Bare godkjente, hvis ikke status er nevnt.",
        "An activity on one of its days. Approved ones only, unless the status is named.",
    ),
    fields: fields(),
    groupings: GroupingBy::ALL,
    aggregates_only: false,
    rows: |extent| {
        let days = extent
            .rows::<entity::activity_days::Entity>()
            .inner_join(activities::Entity);
        days.filter(extent.covers(Day::LocalDate)).into_query()
    },
    joined: &[],
    persons: None,
    rows_are_persons: false,
    user_id: Some(Column::LeaderUserId.into_expr()),
    row_key: vec![Day::LocalDate.into_expr(), Column::Id.into_expr()],
    approved: Some(is_approved()),
});

fn fields() -> Vec<SourceField> {
    vec![
        SourceField::new(
            "activity",
            label("Aktivitet", "Activity"),
            label(
                "Aktivitetens id; en aktivitet over flere dager har flere rader.",
                "The activity's id; one of several days has several rows.",
            ),
            FieldKind::Id(ids::ACTIVITY),
            Column::Id,
        )
        .column_only(),
        SourceField::new(
            "title",
            label("Tittel", "Title"),
            label("Hva aktiviteten heter.", "What the activity is called."),
            FieldKind::Text,
            null_if(Column::Title, literal("")),
        ),
        SourceField::new(
            "date",
            label("Dato", "Date"),
            label("Dagen i Norge.", "The day in Norway."),
            FieldKind::Date,
            Day::LocalDate,
        ),
        kind(),
        group_kind(),
        mode(),
        SourceField::new(
            "status",
            label("Status", "Status"),
            label("Om aktiviteten er godkjent.", "Whether the activity is approved."),
            FieldKind::Choice(STATUSES),
            Column::Status,
        ),
        SourceField::new(
            "place",
            label("Sted", "Place"),
            label("Hvor det var.", "Where it was."),
            FieldKind::Text,
            null_if(Column::Place, literal("")),
        ),
        county(),
        SourceField::new(
            "country",
            label("Land", "Country"),
            label("Landkode, to bokstaver.", "The country's code, two letters."),
            FieldKind::Text,
            Column::Country,
        ),
        SourceField::new(
            "unit",
            label("Enhet", "Unit"),
            label("Enheten som eier aktiviteten.", "The unit that owns the activity."),
            FieldKind::Text,
            organizational_units::Column::Name,
        )
        .identified_by(organizational_units::Column::Id)
        .needs(&[Join::Unit]),
        region(),
        area(),
        SourceField::new(
            "leader",
            label("Likeperson", "Peer mentor"),
            label("Navnet på den som ledet.", "The name of whoever led."),
            FieldKind::Text,
            users::Column::Name,
        )
        .identified_by(Column::LeaderUserId)
        .needs(&[Join::User])
        .people(),
        leader_id(),
        SourceField::new(
            "minutes",
            label("Minutter", "Minutes"),
            label(
                "Varigheten den dagen, i minutter.",
                "How long it took that day, in minutes.",
            ),
            FieldKind::Integer,
            Day::Minutes,
        ),
        SourceField::hours(
            label("Timer", "Hours"),
            label("Varigheten den dagen, i timer.", "How long it took that day, in hours."),
            Day::Minutes,
        ),
        SourceField::new(
            "participants",
            label("Deltakere", "Participants"),
            label(
                "Frammøtte den dagen, navngitte og anonyme.",
                "Attendances that day, identified and anonymous.",
            ),
            FieldKind::Integer,
            participants(),
        )
        .needs(&[Join::Attended])
        .persons(),
        SourceField::new(
            "identified_participants",
            label("Navngitte deltakere", "Identified participants"),
            label(
                "Navngitte frammøtte den dagen.",
                "Attendances of identified people that day.",
            ),
            FieldKind::Integer,
            identified_participants(),
        )
        .needs(&[Join::Attended])
        .persons(),
        SourceField::new(
            "anonymous_participants",
            label("Anonyme deltakere", "Anonymous participants"),
            label("Anonyme frammøtte den dagen.", "Anonymous attendances that day."),
            FieldKind::Integer,
            Day::AnonymousParticipants,
        )
        .persons(),
        SourceField::new(
            "peer_initiated",
            label("Likepersonen tok initiativet", "Peer-initiated"),
            label(
                "Om likepersonen oppsøkte den andre.",
                "Whether the peer mentor sought out the other.",
            ),
            FieldKind::Boolean,
            Column::PeerInitiated,
        ),
        SourceField::new(
            "is_recreational",
            label("Fritidsaktivitet", "Recreational"),
            label("Om det var en fritidsaktivitet.", "Whether it was recreational."),
            FieldKind::Boolean,
            Column::IsRecreational,
        ),
        SourceField::new(
            "co_organiser",
            label("Medarrangør", "Co-organiser"),
            label(
                "En annen organisasjon som var med.",
                "Another organization that took part.",
            ),
            FieldKind::Text,
            Column::CoOrganiser,
        ),
    ]
}
