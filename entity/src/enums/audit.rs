//! Who acts in the audit log, and what they do.

use super::stored_enum;

stored_enum! {
    /// In which capacity someone, or something, acted.
    pub enum ActorKind {
        /// A member of the organization.
        User = "user",
        /// A global admin with support access.
        Support = "support",
        /// A background job, on behalf of the person named.
        Worker = "worker",
        /// A schedule that came due.
        Schedule = "schedule",
        /// An import of data.
        Import = "import",
        /// An operator, at the command line.
        Operator = "operator",
    }
}

stored_enum! {
    /// What an audit entry records. Entries are kept for good, so a value once used is never renamed or removed.
    pub enum AuditAction {
        /// A report period was created.
        ReportPeriodCreated = "report_period_created",
        /// A report period was changed.
        ReportPeriodUpdated = "report_period_updated",
        /// A further generation of an exported report was asked for, with a reason.
        ReportReopened = "report_reopened",
        /// A generation was asked for: the first, another after a failure, or a further one.
        GenerationStarted = "generation_started",
        /// A generation was completed.
        GenerationCompleted = "generation_completed",
        /// A generation failed for good.
        GenerationFailed = "generation_failed",
        /// A generation's figures were checked for warnings.
        ValidationCompleted = "validation_completed",
        /// A warning was raised.
        WarningRaised = "warning_raised",
        /// A warning was accepted.
        WarningAccepted = "warning_accepted",
        /// A report's notes were changed.
        NotesChanged = "notes_changed",
        /// A period's figures were changed.
        FiguresChanged = "figures_changed",
        /// An export began.
        ExportStarted = "export_started",
        /// A file was put into storage.
        FileStored = "file_stored",
        /// A report was exported for the first time since its generation.
        Exported = "exported",
        /// A report was exported again.
        ReExported = "re_exported",
        /// An export failed for good.
        ExportFailed = "export_failed",
        /// Someone confirmed that the report was handed in at Bufdir's portal.
        SubmissionConfirmed = "submission_confirmed",
        /// A file was downloaded.
        FileDownloaded = "file_downloaded",
        /// A download was refused.
        DownloadRefused = "download_refused",
        /// Files or the log were checked against their hashes.
        IntegrityChecked = "integrity_checked",
        /// Activities or members were imported.
        DataImported = "data_imported",
        /// A year's participants were erased.
        ParticipantsErased = "participants_erased",
        /// The demonstration's data was loaded.
        DemoDataLoaded = "demo_data_loaded",
        /// A global admin was given support access.
        SupportAccessGranted = "support_access_granted",
        /// A global admin's support access was taken back.
        SupportAccessRevoked = "support_access_revoked",
        /// The audit log was exported.
        AuditLogExported = "audit_log_exported",
        /// A global admin read the organization's data.
        SupportRead = "support_read",
        /// A custom report was defined.
        CustomReportCreated = "custom_report_created",
        /// A custom report's definition was changed.
        CustomReportUpdated = "custom_report_updated",
        /// A custom report was copied into a new one.
        CustomReportDuplicated = "custom_report_duplicated",
        /// A custom report was handed over to another person.
        CustomReportTransferred = "custom_report_transferred",
        /// A custom report was deleted; its runs stay.
        CustomReportDeleted = "custom_report_deleted",
        /// A run of a custom report was asked for, or its schedule came due.
        CustomReportRunStarted = "custom_report_run_started",
        /// A run of a custom report was completed.
        CustomReportRunCompleted = "custom_report_run_completed",
        /// A run of a custom report failed for good.
        CustomReportRunFailed = "custom_report_run_failed",
        /// A run of a custom report was cancelled.
        CustomReportRunCancelled = "custom_report_run_cancelled",
        /// A custom report's schedule was switched off after failures in a row.
        CustomReportScheduleDisabled = "custom_report_schedule_disabled",
    }
}
