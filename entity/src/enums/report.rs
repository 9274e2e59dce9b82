//! States of reports and exports, their formats and scopes, and what a report warns of.

use super::stored_enum;

stored_enum! {
    /// Where a report stands.
    pub enum ReportStatus {
        /// Asked for; its generation has not begun.
        Pending = "pending",
        /// Being generated.
        Generating = "generating",
        /// Generated, and not yet exported.
        Ready = "ready",
        /// Exported for the whole organization at least once.
        Exported = "exported",
        /// Its generation failed; `failureReason` says why.
        Failed = "failed",
    }
}

stored_enum! {
    /// The format of an exported file.
    pub enum ExportFormat {
        /// An Excel workbook.
        Xlsx = "xlsx",
        /// Plain text: with semicolons and decimal commas in Norwegian, commas and points in English.
        Csv = "csv",
        /// A tagged PDF/A-2a document.
        Pdf = "pdf",
    }
}

stored_enum! {
    /// Where an export operation stands. It goes from pending to one of the others, once.
    pub enum ExportStatus {
        /// Under way.
        Pending = "pending",
        /// Its file is stored.
        Complete = "complete",
        /// Ended without a file; the error says why.
        Failed = "failed",
    }
}

stored_enum! {
    /// Where an export of the ledger stands. It ends as completed or failed, for good.
    pub enum LedgerStatus {
        /// Waits for a worker.
        Pending = "pending",
        /// A worker makes the file.
        Generating = "generating",
        /// The file is stored, and the record frozen.
        Completed = "completed",
        /// Ended without a file; the error message says why.
        Failed = "failed",
    }
}

stored_enum! {
    /// How much of the organization an export covers.
    pub enum ScopeLevel {
        /// The whole organization: the report itself.
        National = "national",
        /// A region and all below it: a working paper.
        Region = "region",
        /// A local branch: a working paper.
        Local = "local",
    }
}

stored_enum! {
    /// Which pipeline's caller asked for an export.
    pub enum ExportOrigin {
        /// The export of a report.
        Report = "report",
        /// The export ledger.
        Ledger = "ledger",
    }
}

stored_enum! {
    /// The language of an exported file.
    pub enum Language {
        /// Norwegian, bokmål.
        Nb = "nb",
        /// English.
        En = "en",
    }
}

impl Language {
    /// Picks the word of this language.
    pub fn pick<'a>(self, nb: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Nb => nb,
            Self::En => en,
        }
    }
}

stored_enum! {
    /// What a generation warns of. Each must be accepted before the national export and the submission.
    pub enum WarningCode {
        /// Fields that Bufdir requires have no value.
        MissingRequiredBufdirFieldsWarning = "missing_required_bufdir_fields_warning",
        /// Activities of the period still await approval.
        PendingActivitiesInPeriod = "pending_activities_in_period",
        /// A leader's activities overlap in time.
        OverlappingActivities = "overlapping_activities",
        /// Another organization took part in organizing, and may count the same activity.
        CoOrganisedOutside = "co_organised_outside",
        /// A figure differs by more than 30 % from the year before.
        YearOnYearDeviation = "year_on_year_deviation",
        /// A large share of the attendances is anonymous.
        LargeAnonymousShare = "large_anonymous_share",
        /// The period is not a whole calendar year.
        PeriodNotACalendarYear = "period_not_a_calendar_year",
        /// Activities were changed after the generation froze them.
        ActivitiesChangedSinceGeneration = "activities_changed_since_generation",
        /// The organization is for testing; its report is never submitted.
        TestOrganization = "test_organization",
    }
}
