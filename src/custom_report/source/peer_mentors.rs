//! Peer mentors: a row is a membership as a peer mentor, with what was led in the dates.

use entity::enums::CustomReportType;

use super::{Field, FieldKind, GroupingBy, Join, Source, label};
use crate::kernel::id::Kind;

pub(super) const SOURCE: Source = Source {
    report_type: CustomReportType::PeerMentors,
    label: label("Likepersoner", "Peer mentors"),
    description: label(
        "En likeperson, med godkjente aktiviteter vedkommende ledet eller var med på å lede i perioden.",
        "A peer mentor, with the approved activities that they led or co-led in the period.",
    ),
    fields: FIELDS,
    groupings: &[GroupingBy::User, GroupingBy::Organization],
    aggregates_only: false,
    from: "memberships m
        join users l on l.id = m.user_id
        join organizations o on o.id = m.organization_id and not o.is_test",
    filter: "m.organization_id = $1 and (m.role = 'peer_mentor' or m.peer_approved_from is not null)
        and $2::date <= $3::date",
    joins: &[LED],
    persons: None,
    rows_are_persons: true,
    user_id: "m.user_id",
    row_key: &["l.name collate app.norwegian", "m.user_id"],
    approved: None,
};

const LED: Join = Join {
    name: "led",
    sql: "left join (
        select who.user_id, count(distinct d.activity_id) as activities, count(*) as days, sum(d.minutes) as minutes
        from (
            select a.id, a.leader_user_id as user_id from activities a
            where a.organization_id = $1 and a.status = 'approved' and a.leader_user_id is not null
            union
            select c.activity_id, c.user_id from activity_co_leaders c
            join activities a on a.organization_id = $1 and a.id = c.activity_id and a.status = 'approved'
            where c.organization_id = $1
        ) who
        join activity_days d on d.organization_id = $1 and d.activity_id = who.id and d.local_date between $2 and $3
        group by who.user_id
        ) w on w.user_id = m.user_id",
};

const FIELDS: &[Field] = &[
    Field::new(
        "peer_mentor",
        label("Likeperson", "Peer mentor"),
        label("Navnet.", "The name."),
        FieldKind::Text,
        "l.name",
    )
    .identified_by("m.user_id")
    .people(),
    Field::new(
        "peer_mentor_id",
        label("Likepersonens id", "Peer mentor's id"),
        label("Id-en.", "The id."),
        FieldKind::Id(Kind::Person),
        "m.user_id",
    )
    .people(),
    Field::new(
        "is_active",
        label("Aktiv", "Active"),
        label("Om medlemskapet er aktivt nå.", "Whether the membership is active now."),
        FieldKind::Boolean,
        "m.is_active",
    ),
    Field::new(
        "is_approved",
        label("Godkjent", "Approved"),
        label(
            "Om vedkommende var godkjent den siste dagen.",
            "Whether they were approved on the last of the dates.",
        ),
        FieldKind::Boolean,
        "coalesce(m.peer_approved_from <= $3 and (m.peer_approved_until is null or m.peer_approved_until >= $3), false)",
    ),
    Field::new(
        "approved_from",
        label("Godkjent fra", "Approved from"),
        label("Første dag som godkjent.", "The first day as an approved peer mentor."),
        FieldKind::Date,
        "m.peer_approved_from",
    ),
    Field::new(
        "approved_until",
        label("Godkjent til", "Approved until"),
        label(
            "Siste dag som godkjent; tom uten slutt.",
            "The last day as an approved peer mentor; empty without an end.",
        ),
        FieldKind::Date,
        "m.peer_approved_until",
    ),
    Field::new(
        "trained_on",
        label("Kurset", "Trained on"),
        label("Dagen for likepersonskurset.", "The day of the peer mentors' course."),
        FieldKind::Date,
        "m.peer_trained_on",
    ),
    Field::new(
        "activities",
        label("Aktiviteter", "Activities"),
        label("Aktiviteter i perioden.", "Activities in the dates."),
        FieldKind::Integer,
        "coalesce(w.activities, 0)",
    )
    .needs(&["led"]),
    Field::new(
        "days",
        label("Aktivitetsdager", "Activity-days"),
        label(
            "Dager med aktivitet, hver aktivitet for seg.",
            "Days of activity, of each activity by itself.",
        ),
        FieldKind::Integer,
        "coalesce(w.days, 0)",
    )
    .needs(&["led"]),
    Field::new(
        "hours",
        label("Timer", "Hours"),
        label("Varigheten av dem, i timer.", "How long they took, in hours."),
        FieldKind::Decimal,
        "round(coalesce(w.minutes, 0) / 60.0, 2)",
    )
    .of_minutes("coalesce(w.minutes, 0)")
    .needs(&["led"]),
];
