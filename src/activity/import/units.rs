//! Units: the national body, its regions and its branches, each below its parent.

use std::collections::HashMap;

use entity::enums::UnitLevel;
use entity::organizational_units;
use sea_orm::ActiveValue::Set;
use sea_orm::DbErr;
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::header::SourceColumn;
use super::known::KnownUnits;
use super::parse::Reason;
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, ImportContext, parse, words};
use crate::activity::county;
use crate::activity::store::import as store;
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[SourceColumn] = &[
    SourceColumn::required(&["referanse", "reference", "external_ref"]),
    SourceColumn::required(&["navn", "name"]),
    SourceColumn::required(&["nivå", "level"]),
    SourceColumn::optional(&["overordnet", "parent"]),
    SourceColumn::optional(&["fylke", "county"]),
    SourceColumn::optional(&["aktiv", "active"]),
];
const REFERENCE: usize = 0;
const NAME: usize = 1;
const LEVEL: usize = 2;
const PARENT: usize = 3;
const COUNTY: usize = 4;
const ACTIVE: usize = 5;

/// From the top down, so that a parent is known before its children.
const LEVELS: [UnitLevel; 3] = [UnitLevel::National, UnitLevel::Region, UnitLevel::Local];

pub(super) struct ImportedUnit {
    id: Uuid,
    row: usize,
    reference: String,
    name: String,
    level: UnitLevel,
    parent: Option<Uuid>,
    county: Option<&'static str>,
    is_active: bool,
}

/// Units by reference as they will be, and the national one whatever its reference.
struct UnitTree {
    by_ref: HashMap<String, (Uuid, UnitLevel)>,
    national: Option<(Uuid, Option<String>)>,
}

pub(super) async fn check(import: &ImportContext<'_>, problems: &mut Problems) -> Result<Vec<ImportedUnit>, DbErr> {
    let known = KnownUnits::load(import.scope).await?;
    refuse_repeated(import.table, REFERENCE, str::to_owned, problems);
    let mut parsed: Vec<ImportedUnit> = (0..import.table.rows.len())
        .filter_map(|row| parse_row(import, row, problems))
        .collect();
    parsed.sort_by_key(|unit| LEVELS.iter().position(|level| *level == unit.level));
    let national = known.all.iter().find(|unit| unit.level == UnitLevel::National);
    let by_ref = known
        .all
        .iter()
        .filter_map(|unit| Some((unit.external_ref.clone()?, (unit.id, unit.level))));
    let mut tree = UnitTree {
        by_ref: by_ref.collect(),
        national: national.map(|unit| (unit.id, unit.external_ref.clone())),
    };
    let mut units = vec![];
    for mut unit in parsed {
        let parent = import.table.cell(unit.row, PARENT);
        match tree.place(&mut unit, parent) {
            Ok(()) => units.push(unit),
            Err((column, reason)) => problems.add(unit.row, import.table.error(unit.row, column, reason)),
        }
    }
    Ok(units)
}

fn parse_row(import: &ImportContext<'_>, row: usize, problems: &mut Problems) -> Option<ImportedUnit> {
    let table = import.table;
    let reference = table.value(row, REFERENCE, problems, parse::text(200));
    let name = table.value(row, NAME, problems, parse::text(200));
    let level = table.value(row, LEVEL, problems, words::level);
    let county = table.value(row, COUNTY, problems, county::known);
    let is_active = table.value(row, ACTIVE, problems, words::flag).unwrap_or(true);
    if problems.is_bad(row) {
        return None;
    }
    let id = new_id(import.now);
    Some(ImportedUnit {
        id,
        row,
        reference: reference?,
        name: name?,
        level: level?,
        parent: None,
        county,
        is_active,
    })
}

impl UnitTree {
    /// Finds the unit's id and parent, or tells which column is wrong.
    fn place(&mut self, unit: &mut ImportedUnit, parent: &str) -> Result<(), (usize, Reason)> {
        if let Some((id, level)) = self.by_ref.get(&unit.reference) {
            if *level != unit.level {
                return Err((
                    LEVEL,
                    "a unit stays on its level; give the new one a reference of its own".to_owned(),
                ));
            }
            unit.id = *id;
        }
        if unit.level == UnitLevel::National {
            self.place_national(unit, parent)?;
        } else {
            unit.parent = Some(self.parent(unit.level, parent).map_err(|reason| (PARENT, reason))?);
        }
        self.by_ref.insert(unit.reference.clone(), (unit.id, unit.level));
        Ok(())
    }

    fn place_national(&mut self, unit: &mut ImportedUnit, parent: &str) -> Result<(), (usize, Reason)> {
        if !parent.is_empty() {
            return Err((PARENT, "the national unit stands below none".to_owned()));
        }
        match &self.national {
            Some((_, Some(reference))) if *reference != unit.reference => {
                return Err((LEVEL, format!("the national unit is \"{reference}\" already")));
            }
            // It came without a reference; the file gives it one.
            Some((id, None)) => unit.id = *id,
            _ => {}
        }
        self.national = Some((unit.id, Some(unit.reference.clone())));
        Ok(())
    }

    fn parent(&self, level: UnitLevel, parent: &str) -> Result<Uuid, Reason> {
        if parent.is_empty() {
            let national = self.national.as_ref().map(|(id, _)| *id);
            return national.ok_or_else(|| "is empty, and there is no national unit".to_owned());
        }
        match self.by_ref.get(parent) {
            Some((_, UnitLevel::Local)) => Err(format!("\"{parent}\" is a branch; nothing stands below it")),
            Some((_, UnitLevel::Region)) if level == UnitLevel::Region => Err(format!(
                "\"{parent}\" is a region, too; regions stand below the national unit"
            )),
            Some((id, _)) => Ok(*id),
            None => Err(format!("no good row and no unit has the reference \"{parent}\"")),
        }
    }
}

pub(super) async fn write(import: &ImportContext<'_>, units: Vec<ImportedUnit>) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let national = units.iter().find(|unit| unit.level == UnitLevel::National);
    let is_named = match national {
        Some(national) => store::name_unit(import.scope, national.id, &national.reference).await?,
        None => false,
    };
    // Level by level: the check of a unit's level looks its parent up.
    for level in units.chunk_by(|a, b| a.level == b.level) {
        let mut written = upsert(import, level, async |batch| {
            store::upsert_units(import.scope, batch.iter().map(|unit| unit.row(import))).await
        })
        .await?;
        if is_named && level[0].level == UnitLevel::National {
            written = Counts {
                updated: 1,
                ..Counts::default()
            };
        }
        counts.created += written.created;
        counts.updated += written.updated;
        counts.unchanged += written.unchanged;
    }
    Ok(counts)
}

impl ImportedUnit {
    fn row(&self, import: &ImportContext<'_>) -> organizational_units::ActiveModel {
        organizational_units::ActiveModel {
            id: Set(self.id),
            parent_id: Set(self.parent),
            level: Set(self.level),
            name: Set(self.name.clone()),
            county: Set(self.county.map(str::to_owned)),
            external_ref: Set(Some(self.reference.clone())),
            is_active: Set(self.is_active),
            created_at: Set(import.now),
            updated_at: Set(import.now),
            ..Default::default()
        }
    }
}
