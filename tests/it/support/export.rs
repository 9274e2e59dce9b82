//! A report that can be exported, a storage of its own, and a caller of the pipeline that does as it is told.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bufdir_reports::export::operations::{self, OperationFilter};
use bufdir_reports::export::storage::Storage;
use bufdir_reports::export::{
    Document, ExportCaller, ExportFailure, ExportOperation, ExportSource, NewExport, PipelineContext, StoredFile,
    begin, run,
};
use bufdir_reports::kernel::audit_entry::AuditEntry;
use bufdir_reports::kernel::db::{ReadScope, WriteScope};
use bufdir_reports::kernel::error::{Error, Result};
use bufdir_reports::kernel::page::PageRequest;
use bufdir_reports::kernel::right::Right;
use bufdir_reports::report::rights::EXPORT_REPORTS;
use chrono::TimeDelta;
use entity::enums::{AuditAction, ExportFormat, Language, ScopeLevel};
use render::{Cell, Column, ColumnKind, Cover, Locale, Sheet, Table};
use sea_orm::FromQueryResult;
use serde_json::Value;
use uuid::Uuid;

use super::database::{TestDatabase, database};
use super::fixture::Organization;

pub struct ExportTest {
    pub database: TestDatabase,
    pub storage: Storage,
    pub folder: tempfile::TempDir,
    pub report: Uuid,
    pub generation: Uuid,
}

/// An entry of the trail.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    pub action: String,
    pub actor_kind: String,
    pub actor_user_id: Option<Uuid>,
    pub report_id: Option<Uuid>,
    pub message: String,
    pub details: Value,
}

/// HLF with a report of 2024 that is ready.
pub async fn export_test() -> ExportTest {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(folder.path().to_str().unwrap(), []).unwrap();
    let (report, generation) = (database.new_id(), database.new_id());
    let Organization {
        id,
        period,
        coordinator,
        ..
    } = database.fixture.hlf;
    // Past the triggers: how a report comes to be ready is another matter.
    database
        .arrange(format!(
            "set local session_replication_role = replica;
             insert into bufdir_reports (id, organization_id, report_period_id, reporting_period_start,
                 reporting_period_end, status, bufdir_format_version, current_generation, report_data, activity_count,
                 participant_count, volunteer_count, total_hours, generated_at, generated_by_user_id,
                 requested_by_user_id, created_at, updated_at)
             select '{report}', '{id}', p.id, p.starts_at, p.ends_at, 'ready', '2024-v2', 1, '{{}}', 12,
                 40, 3, 10, now(), '{coordinator}', '{coordinator}', now(), now() from report_periods p where p.id = '{period}';
             insert into report_generations (organization_id, id, report_id, number, format_version, rules_hash,
                 report_data, data_hash, activity_count, participant_count, volunteer_count, total_hours,
                 pending_activities, rejected_activities, verdict_days, organization_name, period_name, generated_at,
                 generated_by_user_id)
             values ('{id}', '{generation}', '{report}', 1, '2024-v2', '', '{{}}', '', 12, 40, 3, 10, 0, 0, '{{}}', 'HLF', '2024', now(),
                 '{coordinator}')"
        ))
        .await;
    ExportTest {
        database,
        storage,
        folder,
        report,
        generation,
    }
}

impl ExportTest {
    pub fn hlf(&self) -> &Organization {
        &self.database.fixture.hlf
    }

    pub fn new_export(&self, format: ExportFormat) -> NewExport {
        NewExport {
            report_period_id: self.hlf().period,
            format,
            scope_level: ScopeLevel::National,
            scope_id: None,
            language: Language::Nb,
            format_version: "2024-v2".to_owned(),
            source: ExportSource::Report {
                report_id: self.report,
                generation_id: self.generation,
            },
        }
    }

    /// The coordinator asks for it.
    pub async fn ask(&self, export: &NewExport) -> Result<Uuid> {
        self.ask_as(self.hlf().coordinator, export).await
    }

    pub async fn ask_as(&self, user: Uuid, export: &NewExport) -> Result<Uuid> {
        let scope = self.database.write(user, "hlf").await?;
        let id = begin(&scope, export).await?;
        scope
            .commit([AuditEntry::new(
                AuditAction::ExportStarted,
                "export",
                id,
                "Asked for an export.",
            )])
            .await?;
        Ok(id)
    }

    pub async fn asked(&self, format: ExportFormat) -> Uuid {
        self.ask(&self.new_export(format)).await.unwrap()
    }

    pub fn context(&self) -> PipelineContext {
        PipelineContext {
            database: self.database.app().clone(),
            clock: Arc::clone(&self.database.clock) as _,
            storage: self.storage.clone(),
            last_attempt: false,
            time_limit: Duration::from_secs(60),
        }
    }

    pub async fn run(&self, caller: &impl ExportCaller, export: Uuid) -> Result<()> {
        run(&self.context(), caller, self.hlf().id, export).await
    }

    /// A complete CSV export.
    pub async fn complete(&self) -> ExportOperation {
        let export = self.asked(ExportFormat::Csv).await;
        self.run(&Obedient::default(), export).await.unwrap();
        self.operation(export).await
    }

    pub async fn operation(&self, export: Uuid) -> ExportOperation {
        self.seen_by(self.hlf().coordinator, export).await.unwrap()
    }

    pub async fn seen_by(&self, user: Uuid, export: Uuid) -> Option<ExportOperation> {
        let scope = self.database.read(user, "hlf").await.unwrap();
        operations::find(&scope, export).await.unwrap()
    }

    pub async fn listed(&self, user: Uuid, filter: OperationFilter) -> Vec<Uuid> {
        let scope = self.database.read(user, "hlf").await.unwrap();
        let page = PageRequest::new(None, None, None, None).unwrap();
        let page = operations::list(&scope, &filter, true, &page).await.unwrap();
        page.rows.iter().map(|(_, row)| row.id).collect()
    }

    /// HLF's trail after what [`ExportTest::ask`] wrote, in order; it has been checked to be whole.
    pub async fn trail(&self) -> Vec<Entry> {
        let scope = self.database.read(self.hlf().admin, "hlf").await.unwrap();
        let broken = scope
            .row("select broken_at from app.verify_audit_chain($1)", [])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(broken.try_get::<Option<i64>>("", "broken_at").unwrap(), None);
        let sql = "select action, actor_kind, actor_user_id, report_id, message, details from audit_logs
            where organization_id = $1 and action <> 'export_started' order by sequence";
        let rows = scope.rows(sql, []).await.unwrap();
        rows.iter()
            .map(|row| Entry::from_query_result(row, "").unwrap())
            .collect()
    }

    pub async fn actions(&self) -> Vec<String> {
        self.trail().await.into_iter().map(|entry| entry.action).collect()
    }

    /// Lets the global admin into HLF for a day.
    pub async fn grant_support_access(&self) {
        let (hlf, grant) = (self.hlf(), self.database.new_id());
        let (now, admin) = (self.database.now(), self.database.fixture.global_admin);
        let until = now + TimeDelta::days(1);
        let sql = format!(
            "set local session_replication_role = replica;
             insert into support_access (organization_id, id, global_admin_user_id, reason, granted_by_user_id,
                 valid_from, valid_until, created_at)
             values ('{}', '{grant}', '{admin}', 'help', '{}', '{now}', '{until}', '{now}')",
            hlf.id, hlf.admin
        );
        self.database.arrange(sql).await;
    }

    pub async fn revoke_support_access(&self) {
        let sql = format!(
            "set local session_replication_role = replica;
             update support_access set revoked_at = '{}', revoked_by_user_id = '{}' where revoked_at is null",
            self.database.now(),
            self.hlf().admin
        );
        self.database.arrange(sql).await;
    }

    /// Rows that exist only while an export is pending.
    pub async fn rows_of_pending_exports(&self) -> i64 {
        let sql = "select (select count(*) from pending_exports) + (select count(*) from job_progress)";
        sqlx::query_scalar(sql)
            .fetch_one(self.database.superuser())
            .await
            .unwrap()
    }

    /// Every file in the storage's folder, half-written ones too.
    pub fn stored_files(&self) -> Vec<std::path::PathBuf> {
        fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found)
                } else {
                    found.push(path)
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found
    }
}

/// Does what each of its fields says; by default all goes well.
pub struct Obedient {
    pub document: fn() -> Result<Document, ExportFailure>,
    /// Never comes back from loading.
    pub hangs_loading: bool,
    pub completed: fn() -> Result<()>,
    /// Never comes back from its part of the record, when the file is stored already.
    pub hangs_recording: bool,
    pub failed: fn() -> Result<()>,
}

impl Default for Obedient {
    fn default() -> Self {
        Self {
            document: || Ok(document()),
            hangs_loading: false,
            completed: || Ok(()),
            hangs_recording: false,
            failed: || Ok(()),
        }
    }
}

#[async_trait]
impl ExportCaller for Obedient {
    fn right(&self) -> Right {
        EXPORT_REPORTS
    }

    async fn load_document(&self, _: &ReadScope, _: &ExportOperation) -> Result<Document, ExportFailure> {
        if self.hangs_loading {
            std::future::pending::<()>().await;
        }
        (self.document)()
    }

    async fn lock(&self, _: &WriteScope, _: &ExportOperation) -> Result<()> {
        Ok(())
    }

    async fn record_completion(
        &self,
        _: &WriteScope,
        operation: &ExportOperation,
        _: &StoredFile,
    ) -> Result<Vec<AuditEntry>, ExportFailure> {
        if self.hangs_recording {
            std::future::pending::<()>().await;
        }
        (self.completed)()?;
        Ok(vec![AuditEntry::new(
            AuditAction::Exported,
            "export",
            operation.id,
            "Exported.",
        )])
    }

    async fn record_failure(&self, _: &WriteScope, _: &ExportOperation, _: &ExportFailure) -> Result<Vec<AuditEntry>> {
        (self.failed)().map(|()| Vec::new())
    }
}

/// What a passing failure looks like to the pipeline.
pub fn database_down<T>() -> Result<T> {
    Err(Error::Unavailable(
        "The database does not answer. Try again in a moment.".into(),
    ))
}

pub fn document() -> Document {
    let columns = [("Felt", ColumnKind::Text), ("Verdi", ColumnKind::Integer)].map(|(header, kind)| Column {
        header: header.to_owned(),
        kind,
        width: 20,
    });
    let table = Table {
        name: "Tall".to_owned(),
        caption: String::new(),
        columns: columns.into(),
    };
    let sheet = Sheet {
        table,
        rows: vec![vec![Cell::Text("Likepersontiltak".to_owned()), Cell::Integer(12)]],
    };
    Document {
        file_stem: "Bufdir-rapport 2024 – Hørselsforbundet".to_owned(),
        cover: Cover {
            title: "Rapport om likepersonsarbeid 2024".to_owned(),
            organization: "Hørselsforbundet".to_owned(),
            facts: Vec::new(),
            notes: String::new(),
            json_members: serde_json::Map::new(),
            locale: Locale::Nb,
            watermark: None,
        },
        sheets: vec![sheet.clone()],
        long_form: sheet,
        activity_count: 12,
        participant_count: 40,
        data_hash: [7; 32],
    }
}
