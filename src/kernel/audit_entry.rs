//! What a write records of itself. The door fills in who and when, and the database links the entry to the chain.

use entity::enums::AuditAction;
use serde_json::Value;
use uuid::Uuid;

/// An entry to be: what was done to what. Holds no participant's data, ever.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub action: AuditAction,
    pub subject_type: &'static str,
    pub subject_id: Option<Uuid>,
    /// The report whose trail shows the entry.
    pub report_id: Option<Uuid>,
    /// One sentence for people.
    pub message: String,
    /// Ids, codes and counts; numbers are integers, decimals are strings (docs/audit-format.md).
    pub details: Value,
}

impl AuditEntry {
    pub fn new(action: AuditAction, subject_type: &'static str, subject_id: Uuid, message: impl Into<String>) -> Self {
        Self {
            action,
            subject_type,
            subject_id: Some(subject_id),
            report_id: None,
            message: message.into(),
            details: Value::Object(serde_json::Map::new()),
        }
    }

    /// Puts the entry into a report's trail.
    pub fn of_report(mut self, report: Uuid) -> Self {
        self.report_id = Some(report);
        self
    }

    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}
