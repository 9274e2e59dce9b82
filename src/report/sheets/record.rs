//! What the record of a file says: what it is, its totals, and remarks.

use entity::enums::Language;
use render::{Cell, RENDERER_VERSION};
use rust_decimal::Decimal;

use super::{hours, persons};
use crate::format::Breakdown;
use crate::report::source::Source;
use crate::report::store::ReportPeriod;

/// What a file is: neither an export's id nor its time, so that the same content gives the same bytes.
pub struct FileFacts<'a> {
    pub organization: &'a str,
    pub scope: String,
    pub period: &'a ReportPeriod,
    pub period_name: &'a str,
    pub format_version: &'a str,
    /// What the report's files have alone, or the ledger's.
    pub own: Vec<(&'static str, String)>,
    pub data_hash: &'a [u8],
    pub rules_hash: &'a [u8],
}

impl FileFacts<'_> {
    pub fn list(self, words: Language) -> Vec<(String, String)> {
        let hash = hex::encode::<&[u8]>;
        let mut facts = vec![
            (words.pick("Organisasjon", "Organization"), self.organization.to_owned()),
            (words.pick("Omfang", "Scope"), self.scope),
            (words.pick("Periode", "Period"), self.period_name.to_owned()),
            (words.pick("Fra og med", "From"), self.period.first_date.0.to_string()),
            (words.pick("Til og med", "To"), self.period.last_date.0.to_string()),
            (
                words.pick("Formatversjon", "Format version"),
                self.format_version.to_owned(),
            ),
        ];
        facts.extend(self.own);
        facts.extend([
            (
                words.pick("SHA-256 av dataene", "SHA-256 of the data"),
                hash(self.data_hash),
            ),
            (
                words.pick("SHA-256 av reglene", "SHA-256 of the rules"),
                hash(self.rules_hash),
            ),
            (
                words.pick("Filoppsett", "Renderer version"),
                RENDERER_VERSION.to_owned(),
            ),
        ]);
        let facts = facts.into_iter();
        facts.map(|(label, value)| (label.to_owned(), value)).collect()
    }
}

/// The facts of a report's file.
pub fn report_facts(source: &Source, words: Language) -> Vec<(String, String)> {
    let generation = &source.generation;
    let working_paper = words.pick("Arbeidsdokument for enhet", "Working paper of unit");
    let generated_at = generation.generated_at.0.format("%Y-%m-%dT%H:%M:%SZ");
    let facts = FileFacts {
        organization: &generation.organization_name,
        scope: match &source.unit {
            Some(unit) => format!("{working_paper}: {}", unit.unit_name),
            None => whole_organization(words),
        },
        period: &source.period,
        period_name: &generation.period_name,
        format_version: &generation.format_version,
        own: vec![
            (words.pick("Rapport", "Report"), source.report.id.to_string()),
            (words.pick("Generering", "Generation"), generation.number.to_string()),
            (
                words.pick("Generert (UTC)", "Generated (UTC)"),
                generated_at.to_string(),
            ),
        ],
        data_hash: &generation.data_hash,
        rules_hash: &generation.rules_hash,
    };
    facts.list(words)
}

/// The scope of a file of all that the organization did.
pub fn whole_organization(words: Language) -> String {
    words.pick("Hele organisasjonen", "The whole organization").to_owned()
}

/// A file's totals. An organization's are official and whole; a unit's few people are not shown.
pub struct Totals {
    pub is_of_unit: bool,
    pub activities: i32,
    pub participants: i32,
    pub volunteers: i32,
    pub hours: Decimal,
    pub pending: i32,
    pub rejected: i32,
}

impl Totals {
    /// With the control totals, which each sheet of days adds up to.
    pub fn list(&self, months: &[Breakdown], words: Language) -> Vec<(&'static str, Cell)> {
        let sum = |number: fn(&Breakdown) -> i64| Cell::Integer(months.iter().map(number).sum());
        let number = |number: i32| Cell::Integer(number.into());
        let people = |people: i32| {
            if self.is_of_unit {
                persons(people.into())
            } else {
                number(people)
            }
        };
        let mut numbers = vec![
            (
                ("Aktiviteter som er tatt med", "Activities included"),
                number(self.activities),
            ),
            (
                (
                    "Deltakere (ulike, identifiserte)",
                    "Participants (distinct, identified)",
                ),
                people(self.participants),
            ),
            (
                ("Likepersoner (ulike)", "Peer mentors (distinct)"),
                people(self.volunteers),
            ),
            (("Timer i alt", "Hours in all"), hours(self.hours)),
            (
                ("Kontrollsum: aktivitetsdager", "Control total: activity-days"),
                sum(|row| row.days),
            ),
            (
                ("Kontrollsum: tellende dager", "Control total: counted days"),
                sum(|row| row.counted),
            ),
            (
                ("Kontrollsum: minutter", "Control total: minutes"),
                sum(|row| row.minutes),
            ),
        ];
        if !self.is_of_unit {
            let pending = (
                "Aktiviteter som venter på godkjenning",
                "Activities that await approval",
            );
            numbers.push((pending, number(self.pending)));
            numbers.push((("Avviste aktiviteter", "Rejected activities"), number(self.rejected)));
        }
        let numbers = numbers.into_iter();
        numbers.map(|((nb, en), number)| (words.pick(nb, en), number)).collect()
    }
}

/// The totals of a report's file, and remarks.
pub(super) fn numbers(source: &Source, words: Language) -> Vec<(&'static str, Cell)> {
    let generation = &source.generation;
    let (activities, participants, volunteers, hours) = match &source.unit {
        Some(unit) => (
            unit.activity_count,
            unit.participant_count,
            unit.volunteer_count,
            unit.total_hours,
        ),
        None => (
            generation.activity_count,
            generation.participant_count,
            generation.volunteer_count,
            generation.total_hours,
        ),
    };
    let totals = Totals {
        is_of_unit: source.unit.is_some(),
        activities,
        participants,
        volunteers,
        hours,
        pending: generation.pending_activities,
        rejected: generation.rejected_activities,
    };
    let mut numbers = totals.list(&source.parts.months, words);
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
