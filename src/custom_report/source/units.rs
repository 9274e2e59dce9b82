//! Units: a row is a unit, with the approved activities that it owned in the dates (not those of units below it).

use entity::enums::CustomReportType;

use super::{Field, FieldKind, GroupingBy, Join, LEVELS, NATIONAL, PARENT, Source, label, region};
use crate::kernel::id::Kind;

pub(super) const SOURCE: Source = Source {
    report_type: CustomReportType::Units,
    label: label("Enheter", "Units"),
    description: label(
        "En enhet, med de godkjente aktivitetene den eide i perioden, uten enhetene under den.",
        "A unit, with the approved activities that it owned in the period, without the units below it.",
    ),
    fields: FIELDS,
    groupings: &[GroupingBy::Area, GroupingBy::Organization],
    aggregates_only: false,
    from: "organizational_units u
        join organizations o on o.id = u.organization_id and not o.is_test",
    filter: "u.organization_id = $1 and $2::date <= $3::date",
    joins: &[PARENT, NATIONAL, OWNED, LED],
    persons: None,
    rows_are_persons: false,
    user_id: "null::uuid",
    row_key: &["u.name collate app.norwegian", "u.id"],
    approved: None,
};

const OWNED: Join = Join {
    name: "owned",
    sql: "left join (
        select a.unit_id, count(distinct a.id) as activities, count(*) as days, sum(d.minutes) as minutes,
            sum(coalesce(p.people, 0) + d.anonymous_participants)::bigint as participants
        from activity_days d
        join activities a on a.organization_id = $1 and a.id = d.activity_id and a.status = 'approved'
        left join (select t.activity_id, t.local_date, count(*) as people from attendances t
            where t.organization_id = $1 and t.local_date between $2 and $3 group by t.activity_id, t.local_date
        ) p on p.activity_id = d.activity_id and p.local_date = d.local_date
        where d.organization_id = $1 and d.local_date between $2 and $3
        group by a.unit_id
        ) w on w.unit_id = u.id",
};

const LED: Join = Join {
    name: "led",
    sql: "left join (
        select who.unit_id, count(distinct who.user_id) as people
        from (
            select a.id, a.unit_id, a.leader_user_id as user_id from activities a
            where a.organization_id = $1 and a.status = 'approved' and a.leader_user_id is not null
            union
            select a.id, a.unit_id, c.user_id from activity_co_leaders c
            join activities a on a.organization_id = $1 and a.id = c.activity_id and a.status = 'approved'
            where c.organization_id = $1
        ) who
        where exists (select from activity_days d where d.organization_id = $1 and d.activity_id = who.id
            and d.local_date between $2 and $3)
        group by who.unit_id
        ) led on led.unit_id = u.id",
};

const FIELDS: &[Field] = &[
    Field::new(
        "unit",
        label("Enhet", "Unit"),
        label("Enhetens navn.", "The unit's name."),
        FieldKind::Text,
        "u.name",
    )
    .identified_by("u.id"),
    Field::new(
        "unit_id",
        label("Enhetens id", "Unit's id"),
        label("Id-en.", "The id."),
        FieldKind::Id(Kind::OrganizationalUnit),
        "u.id",
    ),
    Field::new(
        "area",
        label("Område", "Area"),
        label("En enhet og alle under den.", "A unit and all below it."),
        FieldKind::Id(Kind::OrganizationalUnit),
        "u.id",
    )
    .subtree(),
    Field::new(
        "level",
        label("Nivå", "Level"),
        label(
            "Hvor den står i organisasjonen.",
            "Where it stands in the organization.",
        ),
        FieldKind::Choice(LEVELS),
        "u.level",
    ),
    Field::new(
        "parent",
        label("Overordnet enhet", "Parent unit"),
        label("Enheten over den.", "The unit above it."),
        FieldKind::Text,
        "pu.name",
    )
    .identified_by("u.parent_id")
    .needs(&["parent"]),
    Field::new(
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
    .needs(&["parent"]),
    Field::new(
        "county",
        label("Fylke", "County"),
        label("Fylket der den er.", "The county where it is."),
        FieldKind::Text,
        "u.county",
    ),
    Field::new(
        "is_active",
        label("Aktiv", "Active"),
        label("Om enheten er aktiv nå.", "Whether the unit is active now."),
        FieldKind::Boolean,
        "u.is_active",
    ),
    Field::new(
        "activities",
        label("Aktiviteter", "Activities"),
        label("Aktiviteter i perioden.", "Activities in the dates."),
        FieldKind::Integer,
        "coalesce(w.activities, 0)",
    )
    .needs(&["owned"]),
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
    .needs(&["owned"]),
    Field::new(
        "hours",
        label("Timer", "Hours"),
        label("Varigheten av dem, i timer.", "How long they took, in hours."),
        FieldKind::Decimal,
        "round(coalesce(w.minutes, 0) / 60.0, 2)",
    )
    .of_minutes("coalesce(w.minutes, 0)")
    .needs(&["owned"]),
    Field::new(
        "peer_mentors",
        label("Likepersoner", "Peer mentors"),
        label(
            "Ulike personer som ledet eller var med på å lede.",
            "Different people who led or co-led.",
        ),
        FieldKind::Integer,
        "coalesce(led.people, 0)",
    )
    .needs(&["led"])
    .distinct_persons(),
    Field::new(
        "participants",
        label("Deltakere", "Participants"),
        label(
            "Frammøtte, navngitte og anonyme.",
            "Attendances, identified and anonymous.",
        ),
        FieldKind::Integer,
        "coalesce(w.participants, 0)",
    )
    .needs(&["owned"])
    .persons(),
];
