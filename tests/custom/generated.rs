//! Definitions that pass the checker, made from the whitelist by a seed: every field, operator and aggregation in turn.

use bufdir_reports::custom_report::Definition;
use bufdir_reports::custom_report::definition::{
    Condition, CustomReportColumn, DatePeriod, FieldCondition, Filters, Grouping, Literal, Operator, Order,
};
use bufdir_reports::custom_report::source::{DataSource, FieldKind, GroupingBy, SourceField};
use bufdir_reports::kernel::id::IdKind;
use entity::enums::{CustomReportType, UnitLevel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::world::{PEERS, UNITS, activity_id, unit_id, user};
use bufdir_reports::organization::ids;

pub struct Dice(ChaCha8Rng);

const TYPES: [CustomReportType; 4] = [
    CustomReportType::Activities,
    CustomReportType::Participants,
    CustomReportType::PeerMentors,
    CustomReportType::Units,
];
const PERIODS: [DatePeriod; 5] = [
    DatePeriod::Day,
    DatePeriod::Week,
    DatePeriod::Month,
    DatePeriod::Quarter,
    DatePeriod::Year,
];
const LEVELS: [Option<UnitLevel>; 4] = [
    None,
    Some(UnitLevel::National),
    Some(UnitLevel::Region),
    Some(UnitLevel::Local),
];

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn below(&mut self, number: usize) -> usize {
        self.0.random_range(0..number)
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    pub fn definition(&mut self) -> Definition {
        let source = DataSource::of(self.of(&TYPES));
        let groupings = self.groupings(source);
        let aggregated = source.aggregates_only || !groupings.is_empty() || self.one_in(3);
        let wanted = 1 + self.below(5);
        let columns = (0..wanted).map(|_| self.column(source, aggregated)).collect();
        let condition = (!self.one_in(3)).then(|| self.condition(source, 0));
        let limit = self.one_in(4).then(|| 1 + self.below(4) as u32);
        Definition {
            report_type: source.report_type,
            filters: Filters {
                condition,
                limit,
                ..Filters::default()
            },
            groupings,
            columns,
        }
    }

    fn groupings(&mut self, source: &DataSource) -> Vec<Grouping> {
        let mut found = Vec::new();
        for _ in 0..self.below(4) {
            let grouping = match self.of(source.groupings) {
                GroupingBy::User => Grouping::User,
                GroupingBy::Area => Grouping::Area {
                    level: self.of(&LEVELS),
                },
                GroupingBy::Date => Grouping::Date {
                    period: self.of(&PERIODS),
                },
                GroupingBy::Organization => Grouping::Organization,
                GroupingBy::Kind => Grouping::Kind,
                GroupingBy::Mode => Grouping::Mode,
            };
            if !found.contains(&grouping) {
                found.push(grouping);
            }
        }
        found
    }

    fn column(&mut self, source: &DataSource, aggregated: bool) -> CustomReportColumn {
        let fits = |field: &&SourceField| field.is_column && (!aggregated || !field.aggregations.is_empty());
        let fields: Vec<_> = source.fields.iter().filter(fits).collect();
        let field = self.of(&fields);
        CustomReportColumn {
            key: field.key.to_owned(),
            aggregation: aggregated.then(|| self.of(field.aggregations)),
            label: None,
            order: self.one_in(2).then(|| self.of(&[Order::Ascending, Order::Descending])),
        }
    }

    fn condition(&mut self, source: &DataSource, depth: usize) -> Condition {
        match self.below(if depth < 3 { 8 } else { 4 }) {
            4 | 5 => Condition::All((0..self.below(3)).map(|_| self.condition(source, depth + 1)).collect()),
            6 => Condition::Any((0..self.below(3)).map(|_| self.condition(source, depth + 1)).collect()),
            7 => Condition::Not(Box::new(self.condition(source, depth + 1))),
            _ => Condition::Field(self.comparison(source)),
        }
    }

    fn comparison(&mut self, source: &DataSource) -> FieldCondition {
        let fields: Vec<_> = source.fields.iter().filter(|field| field.is_filter).collect();
        let field = self.of(&fields);
        let operator = self.of(field.kind.operators());
        let count = match operator {
            Operator::IsEmpty | Operator::IsNotEmpty => 0,
            Operator::Between => 2,
            Operator::In | Operator::NotIn => 1 + self.below(3),
            _ => 1,
        };
        FieldCondition {
            key: field.key.to_owned(),
            operator,
            values: (0..count).map(|_| self.literal(field)).collect(),
        }
    }

    fn literal(&mut self, field: &SourceField) -> Literal {
        let text = |text: &str| Literal::Text(text.to_owned());
        match field.kind {
            FieldKind::Text => text(self.of(&[
                "Bergen", "voss", "Åse", "ø", "an", "Vestland", "NO", "Unit 3", "unit", "%", "_",
            ])),
            FieldKind::Integer if field.counts_persons => Literal::Integer(self.of(&[0, 5, 6, 8])),
            FieldKind::Integer => Literal::Integer(self.of(&[0, 1, 2, 45, 60, 90])),
            FieldKind::Decimal => text(self.of(&["0", "0.75", "1.00", "1.5", "1.52", "2.25"])),
            FieldKind::Date => text(self.of(&["2020-01-01", "2024-01-01", "2024-05-17", "2024-12-31"])),
            FieldKind::Boolean => Literal::Boolean(self.one_in(2)),
            FieldKind::Choice(choices) => text(self.of(choices).value),
            FieldKind::Id(kind) => Literal::Text(self.id(kind)),
        }
    }

    fn id(&mut self, kind: IdKind) -> String {
        let id = match kind {
            ids::PERSON => user(self.below(PEERS)),
            ids::ORGANIZATIONAL_UNIT => unit_id(self.below(UNITS.len())),
            _ => activity_id(self.below(4)),
        };
        kind.encode(id).0
    }
}
