//! What the record of a report's file says: which report and generation it is, its totals, and remarks.

use render::{Cell, RENDERER_VERSION};
use rust_decimal::Decimal;

use super::{Words, hours, persons};
use crate::format::Breakdown;
use crate::report::source::Source;

/// The control totals, and remarks.
pub(super) fn numbers(source: &Source, words: Words) -> Vec<(&'static str, Cell)> {
    let sum = |number: fn(&Breakdown) -> i64| source.parts.months.iter().map(number).sum::<i64>();
    let totals = totals(source);
    let mut numbers = vec![
        (
            words.pick("Aktiviteter som er tatt med", "Activities included"),
            Cell::Integer(totals.activities),
        ),
        (
            words.pick(
                "Deltakere (ulike, identifiserte)",
                "Participants (distinct, identified)",
            ),
            totals.participants,
        ),
        (
            words.pick("Likepersoner (ulike)", "Peer mentors (distinct)"),
            totals.volunteers,
        ),
        (words.pick("Timer i alt", "Hours in all"), hours(totals.hours)),
        (
            words.pick("Kontrollsum: aktivitetsdager", "Control total: activity-days"),
            Cell::Integer(sum(|row| row.days)),
        ),
        (
            words.pick("Kontrollsum: tellende dager", "Control total: counted days"),
            Cell::Integer(sum(|row| row.counted)),
        ),
        (
            words.pick("Kontrollsum: minutter", "Control total: minutes"),
            Cell::Integer(sum(|row| row.minutes)),
        ),
    ];
    if source.unit.is_none() {
        let pending = words.pick(
            "Aktiviteter som venter på godkjenning",
            "Activities that await approval",
        );
        numbers.push((pending, Cell::Integer(source.generation.pending_activities.into())));
        let rejected = words.pick("Avviste aktiviteter", "Rejected activities");
        numbers.push((rejected, Cell::Integer(source.generation.rejected_activities.into())));
    }
    if let Some(notes) = &source.report.notes {
        let pieces = pieces(notes).into_iter();
        numbers.extend(pieces.map(|piece| (words.pick("Merknader", "Remarks"), Cell::Text(piece))));
    }
    numbers
}

/// The notes as cells of a workbook hold them: 32,767 units of UTF-16, of which an emoji is two. Notes that are longer
/// take two rows.
fn pieces(notes: &str) -> Vec<String> {
    if notes.encode_utf16().count() <= 32_767 {
        return vec![notes.to_owned()];
    }
    let letters: Vec<char> = notes.chars().collect();
    let pieces = letters.chunks(16_000);
    pieces.map(|piece| piece.iter().collect()).collect()
}

struct Totals {
    activities: i64,
    participants: Cell,
    volunteers: Cell,
    hours: Decimal,
}

/// An organization's totals are official and whole; a unit's few people are not shown.
fn totals(source: &Source) -> Totals {
    match &source.unit {
        Some(unit) => Totals {
            activities: unit.activity_count.into(),
            participants: persons(unit.participant_count.into()),
            volunteers: persons(unit.volunteer_count.into()),
            hours: unit.total_hours,
        },
        None => Totals {
            activities: source.generation.activity_count.into(),
            participants: Cell::Integer(source.generation.participant_count.into()),
            volunteers: Cell::Integer(source.generation.volunteer_count.into()),
            hours: source.generation.total_hours,
        },
    }
}

/// What the file is: neither the export's id nor its time, so that the same content gives the same bytes.
pub fn record_facts(source: &Source, words: Words) -> Vec<(String, String)> {
    let generation = &source.generation;
    let mut facts = vec![
        (
            words.pick("Organisasjon", "Organization"),
            generation.organization_name.clone(),
        ),
        (words.pick("Periode", "Period"), generation.period_name.clone()),
        (words.pick("Fra og med", "From"), source.period.first_date.0.to_string()),
        (words.pick("Til og med", "To"), source.period.last_date.0.to_string()),
        (
            words.pick("Formatversjon", "Format version"),
            generation.format_version.clone(),
        ),
        (words.pick("Rapport", "Report"), source.report.id.to_string()),
        (words.pick("Generering", "Generation"), generation.number.to_string()),
        (
            words.pick("Generert (UTC)", "Generated (UTC)"),
            generation.generated_at.0.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ),
        (
            words.pick("SHA-256 av dataene", "SHA-256 of the data"),
            hex::encode(&generation.data_hash),
        ),
        (
            words.pick("SHA-256 av reglene", "SHA-256 of the rules"),
            hex::encode(&generation.rules_hash),
        ),
        (
            words.pick("Filoppsett", "Renderer version"),
            RENDERER_VERSION.to_owned(),
        ),
    ];
    let scope = match &source.unit {
        Some(unit) => format!(
            "{}: {}",
            words.pick("Arbeidsdokument for enhet", "Working paper of unit"),
            unit.unit_name
        ),
        None => words.pick("Hele organisasjonen", "The whole organization").to_owned(),
    };
    facts.insert(1, (words.pick("Omfang", "Scope"), scope));
    facts
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}
