//! What custom reports ask about, when, and how their runs end.

use super::stored_enum;

stored_enum! {
    /// What each row of a custom report's data is, before grouping.
    pub enum CustomReportType {
        /// An activity on one of its days.
        Activities = "activities",
        /// A peer mentor's membership.
        PeerMentors = "peer_mentors",
        /// An attendance of an identified contact; shown in aggregates only.
        Participants = "participants",
        /// An organizational unit.
        Units = "units",
    }
}

stored_enum! {
    /// The format of a custom report's file.
    pub enum CustomOutputFormat {
        /// An Excel workbook.
        Xlsx = "xlsx",
        /// Plain text: with semicolons and decimal commas in Norwegian, commas and points in English.
        Csv = "csv",
        /// A tagged PDF/A-2a document.
        Pdf = "pdf",
        /// An object with the definition, the columns and the rows.
        Json = "json",
    }
}

stored_enum! {
    /// Which local dates (Europe/Oslo) a custom report covers; rolling ones end at the day of the run.
    pub enum DateRangeType {
        /// From one given date to another.
        Fixed = "fixed",
        /// The day of the run and the six before it.
        LastSevenDays = "last_7_days",
        /// The day of the run and the twenty-nine before it.
        LastThirtyDays = "last_30_days",
        /// The whole calendar month before that of the run.
        LastMonth = "last_month",
        /// The whole quarter before that of the run.
        LastQuarter = "last_quarter",
        /// The whole calendar year before that of the run.
        LastYear = "last_year",
        /// From the first of the month to the day of the run.
        MonthToDate = "month_to_date",
        /// From New Year's Day to the day of the run.
        YearToDate = "year_to_date",
    }
}

stored_enum! {
    /// Where a custom report's run stands.
    pub enum RunStatus {
        /// Waits for a worker.
        Pending = "pending",
        /// A worker writes the rows.
        Running = "running",
        /// The file is stored.
        Succeeded = "succeeded",
        /// Ended without a file; the error says why.
        Failed = "failed",
        /// Ended without a file because somebody asked for it.
        Cancelled = "cancelled",
    }
}

stored_enum! {
    /// What asked for a run.
    pub enum RunTrigger {
        /// A person.
        Manual = "manual",
        /// The definition's schedule.
        Schedule = "schedule",
    }
}
