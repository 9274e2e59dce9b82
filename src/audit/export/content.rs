//! What an exported log looks like: as JSON lines with all that the chain of hashes is computed from
//! (docs/audit-format.md), or as CSV for a spreadsheet.

use entity::enums::Language;
use render::{Cell, Column, ColumnKind, Cover, FileFormat, RenderError, Table};
use std::fs::File;
use std::io::{BufWriter, Write};

use async_graphql::Enum;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::audit::store::AuditEvent;
use crate::export::locale;

const BUFFER_BYTES: usize = 64 * 1024;

/// The format of an exported log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AuditLogFormat {
    /// A table for spreadsheets. Texts that one could take for a formula begin with an apostrophe.
    Csv,
    /// A JSON object a line, with all that is hashed: from this file anybody can compute the chain anew.
    JsonLines,
}

impl AuditLogFormat {
    /// The name in the log's own entry of the export.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "json_lines",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => FileFormat::Csv.media_type(),
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }
}

/// The name for people: "Revisjonslogg HLF 2026-03-02".
pub fn file_stem(language: Language, organization: &str, now: DateTime<Utc>) -> String {
    let name = language.pick("Revisjonslogg", "Audit log");
    format!("{name} {organization} {}", now.format("%Y-%m-%d"))
}

/// As what is hashed has it: UTC, always six decimals.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Whose log a file holds, and in which form.
pub struct LogContent {
    pub format: AuditLogFormat,
    pub language: Language,
    pub organization_id: Uuid,
    pub organization: String,
    pub is_test: bool,
}

impl LogContent {
    /// Writes all entries that `next` gives, batch by batch.
    pub fn write(&self, file: &mut File, next: impl FnMut() -> Option<Vec<AuditEvent>>) -> Result<(), RenderError> {
        match self.format {
            AuditLogFormat::Csv => self.write_csv(file, next),
            AuditLogFormat::JsonLines => self.write_lines(file, next),
        }
    }

    fn write_lines(
        &self,
        file: &mut File,
        mut next: impl FnMut() -> Option<Vec<AuditEvent>>,
    ) -> Result<(), RenderError> {
        let mut sink = BufWriter::with_capacity(BUFFER_BYTES, file);
        while let Some(batch) = next() {
            for row in batch {
                serde_json::to_writer(&mut sink, &self.line(&row)).map_err(std::io::Error::from)?;
                sink.write_all(b"\n")?;
            }
        }
        Ok(sink.flush()?)
    }

    /// What is hashed (docs/audit-format.md), and its hash.
    fn line(&self, row: &AuditEvent) -> Json {
        json!({
            "version": 1,
            "id": row.id,
            "organization_id": self.organization_id,
            "sequence": row.sequence,
            "created_at": instant(row.created_at.0),
            "actor": {
                "kind": row.actor_kind,
                "user_id": row.actor_user_id,
                "name": row.actor_name,
                "role": row.actor_role,
                "support_access_id": row.support_access_id,
            },
            "action": row.action,
            "subject": { "type": row.subject_type, "id": row.subject_id },
            "report_id": row.report_id,
            "message": row.message,
            "details": row.details,
            "previous_hash": row.previous_hash.as_deref().map(hex::encode),
            "hash": row.hash.as_deref().map(hex::encode),
        })
    }

    fn write_csv(&self, file: &mut File, mut next: impl FnMut() -> Option<Vec<AuditEvent>>) -> Result<(), RenderError> {
        let mut writer = render::open(FileFormat::Csv, &self.cover(), Box::new(file))?;
        writer.begin_table(&self.table())?;
        while let Some(batch) = next() {
            for row in batch {
                writer.row(&cells(row))?;
            }
        }
        writer.finish()
    }

    fn cover(&self) -> Cover {
        Cover {
            title: self.language.pick("Revisjonslogg", "Audit log").to_owned(),
            organization: self.organization.clone(),
            facts: Vec::new(),
            notes: String::new(),
            json_members: serde_json::Map::new(),
            locale: locale(self.language),
            watermark: self.is_test.then(|| "TEST".to_owned()),
        }
    }

    fn table(&self) -> Table {
        let columns = HEADINGS.iter().enumerate().map(|(index, (nb, en))| Column {
            header: self.language.pick(nb, en).to_owned(),
            kind: if index == 0 {
                ColumnKind::Integer
            } else {
                ColumnKind::Text
            },
            width: 20,
        });
        Table {
            name: self.language.pick("Revisjonslogg", "Audit log").to_owned(),
            caption: String::new(),
            columns: columns.collect(),
        }
    }
}

/// In the order of [`cells`].
const HEADINGS: [(&str, &str); 16] = [
    ("Nummer", "Sequence"),
    ("Tid (UTC)", "Time (UTC)"),
    ("Hendelse", "Action"),
    ("Melding", "Message"),
    ("Hvem", "Actor"),
    ("Rolle", "Role"),
    ("Handlet som", "Acted as"),
    ("Person-id", "User id"),
    ("Støttetilgang", "Support access"),
    ("Gjelder", "Subject type"),
    ("Gjelder id", "Subject id"),
    ("Rapport-id", "Report id"),
    ("Detaljer", "Details"),
    ("Id", "Id"),
    ("Forrige hash", "Previous hash"),
    ("Hash", "Hash"),
];

fn cells(row: AuditEvent) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let id = |id: Option<Uuid>| id.map_or(Cell::Empty, |id| Cell::Text(id.to_string()));
    let hash = |hash: Option<Vec<u8>>| hash.map_or(Cell::Empty, |hash| Cell::Text(hex::encode(hash)));
    vec![
        Cell::Integer(row.sequence),
        Cell::Text(instant(row.created_at.0)),
        text(row.action.as_str()),
        Cell::Text(row.message),
        Cell::Text(row.actor_name),
        row.actor_role.map_or(Cell::Empty, Cell::Text),
        text(row.actor_kind.as_str()),
        id(row.actor_user_id),
        id(row.support_access_id),
        Cell::Text(row.subject_type),
        id(row.subject_id),
        id(row.report_id),
        row.details
            .map_or(Cell::Empty, |details| Cell::Text(details.to_string())),
        Cell::Text(row.id.to_string()),
        hash(row.previous_hash),
        hash(row.hash),
    ]
}
