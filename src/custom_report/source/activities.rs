//! Activities: a row is an activity on one of its local dates.

use entity::enums::CustomReportType;

use super::activity::{AREA, COUNTY, GROUP_KIND, KIND, LEADER_ID, MODE, REGION};
use super::{Field, FieldKind, GroupingBy, Join, LEADER, NATIONAL, PARENT, STATUSES, Source, UNIT, label};
use crate::kernel::id::Kind;

pub(super) const SOURCE: Source = Source {
    report_type: CustomReportType::Activities,
    label: label("Aktiviteter", "Activities"),
    description: label(
        "En aktivitet på en av dagene den fant sted. Bare godkjente, hvis ikke status er nevnt.",
        "An activity on one of its days. Approved ones only, unless the status is named.",
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
    aggregates_only: false,
    from: "activity_days d
        join activities a on a.organization_id = $1 and a.id = d.activity_id
        join organizations o on o.id = d.organization_id and not o.is_test",
    filter: "d.organization_id = $1 and d.local_date between $2 and $3",
    joins: &[UNIT, PARENT, NATIONAL, LEADER, ATTENDED],
    persons: None,
    rows_are_persons: false,
    user_id: "a.leader_user_id",
    row_key: &["d.local_date", "a.id"],
    approved: Some("a.status = 'approved'"),
};

const ATTENDED: Join = Join {
    name: "attended",
    sql: "left join (select t.activity_id, t.local_date, count(*) as people from attendances t
        where t.organization_id = $1 and t.local_date between $2 and $3 group by t.activity_id, t.local_date
        ) p on p.activity_id = d.activity_id and p.local_date = d.local_date",
};
const IDENTIFIED: &str = "coalesce(p.people, 0)";
const PARTICIPANTS: &str = "(coalesce(p.people, 0) + d.anonymous_participants)";

const FIELDS: &[Field] = &[
    Field::new(
        "activity",
        label("Aktivitet", "Activity"),
        label(
            "Aktivitetens id; en aktivitet over flere dager har flere rader.",
            "The activity's id; one of several days has several rows.",
        ),
        FieldKind::Id(Kind::Activity),
        "a.id",
    )
    .column_only(),
    Field::new(
        "title",
        label("Tittel", "Title"),
        label("Hva aktiviteten heter.", "What the activity is called."),
        FieldKind::Text,
        "nullif(a.title, '')",
    ),
    Field::new(
        "date",
        label("Dato", "Date"),
        label("Dagen i Norge.", "The day in Norway."),
        FieldKind::Date,
        "d.local_date",
    ),
    KIND,
    GROUP_KIND,
    MODE,
    Field::new(
        "status",
        label("Status", "Status"),
        label("Om aktiviteten er godkjent.", "Whether the activity is approved."),
        FieldKind::Choice(STATUSES),
        "a.status",
    ),
    Field::new(
        "place",
        label("Sted", "Place"),
        label("Hvor det var.", "Where it was."),
        FieldKind::Text,
        "nullif(a.place, '')",
    ),
    COUNTY,
    Field::new(
        "country",
        label("Land", "Country"),
        label("Landkode, to bokstaver.", "The country's code, two letters."),
        FieldKind::Text,
        "a.country",
    ),
    Field::new(
        "unit",
        label("Enhet", "Unit"),
        label("Enheten som eier aktiviteten.", "The unit that owns the activity."),
        FieldKind::Text,
        "u.name",
    )
    .identified_by("u.id")
    .needs(&["unit"]),
    REGION,
    AREA,
    Field::new(
        "leader",
        label("Likeperson", "Peer mentor"),
        label("Navnet på den som ledet.", "The name of whoever led."),
        FieldKind::Text,
        "l.name",
    )
    .identified_by("a.leader_user_id")
    .needs(&["user"])
    .people(),
    LEADER_ID,
    Field::new(
        "minutes",
        label("Minutter", "Minutes"),
        label(
            "Varigheten den dagen, i minutter.",
            "How long it took that day, in minutes.",
        ),
        FieldKind::Integer,
        "d.minutes",
    ),
    Field::new(
        "hours",
        label("Timer", "Hours"),
        label("Varigheten den dagen, i timer.", "How long it took that day, in hours."),
        FieldKind::Decimal,
        "round(d.minutes / 60.0, 2)",
    )
    .of_minutes("d.minutes"),
    Field::new(
        "participants",
        label("Deltakere", "Participants"),
        label(
            "Frammøtte den dagen, navngitte og anonyme.",
            "Attendances that day, identified and anonymous.",
        ),
        FieldKind::Integer,
        PARTICIPANTS,
    )
    .needs(&["attended"])
    .persons(),
    Field::new(
        "identified_participants",
        label("Navngitte deltakere", "Identified participants"),
        label(
            "Navngitte frammøtte den dagen.",
            "Attendances of identified people that day.",
        ),
        FieldKind::Integer,
        IDENTIFIED,
    )
    .needs(&["attended"])
    .persons(),
    Field::new(
        "anonymous_participants",
        label("Anonyme deltakere", "Anonymous participants"),
        label("Anonyme frammøtte den dagen.", "Anonymous attendances that day."),
        FieldKind::Integer,
        "d.anonymous_participants",
    )
    .persons(),
    Field::new(
        "peer_initiated",
        label("Likepersonen tok initiativet", "Peer-initiated"),
        label(
            "Om likepersonen oppsøkte den andre.",
            "Whether the peer mentor sought out the other.",
        ),
        FieldKind::Boolean,
        "a.peer_initiated",
    ),
    Field::new(
        "is_recreational",
        label("Fritidsaktivitet", "Recreational"),
        label("Om det var en fritidsaktivitet.", "Whether it was recreational."),
        FieldKind::Boolean,
        "a.is_recreational",
    ),
    Field::new(
        "co_organiser",
        label("Medarrangør", "Co-organiser"),
        label(
            "En annen organisasjon som var med.",
            "Another organization that took part.",
        ),
        FieldKind::Text,
        "a.co_organiser",
    ),
];
