//! Units: the national body, its regions and its branches, each below its parent.

use std::collections::HashMap;

use entity::enums::UnitLevel;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::header::Column;
use super::known::Units;
use super::parse::Reason;
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, Import, parse, words};
use crate::activity::bulk::{column, execute};
use crate::activity::county;
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[Column] = &[
    Column {
        names: &["referanse", "reference", "external_ref"],
        required: true,
    },
    Column {
        names: &["navn", "name"],
        required: true,
    },
    Column {
        names: &["nivå", "level"],
        required: true,
    },
    Column {
        names: &["overordnet", "parent"],
        required: false,
    },
    Column {
        names: &["fylke", "county"],
        required: false,
    },
    Column {
        names: &["aktiv", "active"],
        required: false,
    },
];
const REFERENCE: usize = 0;
const NAME: usize = 1;
const LEVEL: usize = 2;
const PARENT: usize = 3;
const COUNTY: usize = 4;
const ACTIVE: usize = 5;

/// From the top down, so that a parent is known before its children.
const LEVELS: [UnitLevel; 3] = [UnitLevel::National, UnitLevel::Region, UnitLevel::Local];

pub(super) struct Unit {
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
struct Tree {
    by_ref: HashMap<String, (Uuid, UnitLevel)>,
    national: Option<(Uuid, Option<String>)>,
}

pub(super) async fn check(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    problems: &mut Problems,
) -> Result<Vec<Unit>, DbErr> {
    let known = Units::load(db, import.organization).await?;
    refuse_repeated(import.table, REFERENCE, str::to_owned, problems);
    let mut parsed: Vec<Unit> = (0..import.table.rows.len())
        .filter_map(|row| parse_row(import, row, problems))
        .collect();
    parsed.sort_by_key(|unit| LEVELS.iter().position(|level| *level == unit.level));
    let national = known.all.iter().find(|unit| unit.level == UnitLevel::National);
    let by_ref = known
        .all
        .iter()
        .filter_map(|unit| Some((unit.external_ref.clone()?, (unit.id, unit.level))));
    let mut tree = Tree {
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

fn parse_row(import: &Import<'_>, row: usize, problems: &mut Problems) -> Option<Unit> {
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
    Some(Unit {
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

impl Tree {
    /// Finds the unit's id and parent, or tells which column is wrong.
    fn place(&mut self, unit: &mut Unit, parent: &str) -> Result<(), (usize, Reason)> {
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

    fn place_national(&mut self, unit: &mut Unit, parent: &str) -> Result<(), (usize, Reason)> {
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

pub(super) async fn write(db: &impl ConnectionTrait, import: &Import<'_>, units: Vec<Unit>) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let is_named = name_national(db, import, &units).await?;
    // Level by level: the check of a unit's level looks its parent up.
    for level in units.chunk_by(|a, b| a.level == b.level) {
        let mut written = upsert_level(db, import, level).await?;
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

/// Gives the national unit its reference where it has none; whether it had none.
async fn name_national(db: &impl ConnectionTrait, import: &Import<'_>, units: &[Unit]) -> Result<bool, DbErr> {
    let Some(national) = units.iter().find(|unit| unit.level == UnitLevel::National) else {
        return Ok(false);
    };
    let sql = "update organizational_units set external_ref = $2
        where organization_id = $1 and id = $3 and external_ref is null";
    let values = vec![
        import.organization.into(),
        national.reference.clone().into(),
        national.id.into(),
    ];
    Ok(execute(db, sql, values).await? > 0)
}

async fn upsert_level(db: &impl ConnectionTrait, import: &Import<'_>, units: &[Unit]) -> Result<Counts, DbErr> {
    let sql = "insert into organizational_units as known
            (organization_id, id, parent_id, level, name, county, external_ref, is_active, created_at, updated_at)
        select $1, r.id, nullif(r.parent, '00000000-0000-0000-0000-000000000000'), r.level, r.name,
            nullif(r.county, ''), r.reference, r.is_active, $2, $2
        from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bool[])
            as r (id, parent, level, name, county, reference, is_active)
        on conflict (organization_id, external_ref) do update set parent_id = excluded.parent_id, name = excluded.name,
            county = excluded.county, is_active = excluded.is_active, updated_at = excluded.updated_at
        where (known.parent_id, known.name, known.county, known.is_active)
            is distinct from (excluded.parent_id, excluded.name, excluded.county, excluded.is_active)
        returning (known.xmax = 0) as created";
    upsert(db, import, units, sql, |rows| {
        vec![
            import.organization.into(),
            import.now.into(),
            column(rows, |u| u.id),
            column(rows, |u| u.parent.unwrap_or_default()),
            column(rows, |u| u.level.as_str().to_owned()),
            column(rows, |u| u.name.clone()),
            column(rows, |u| u.county.unwrap_or_default().to_owned()),
            column(rows, |u| u.reference.clone()),
            column(rows, |u| u.is_active),
        ]
    })
    .await
}
