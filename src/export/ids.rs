//! The types of this slice that have an id, and those whose exports and files it is asked for: their slices import this
//! one, and take them from here.

use crate::kernel::id::ids;

ids! {
    EXPORT_OPERATION "ExportOperation" as "export";
    FILE "File" as "file";
    REPORT_PERIOD "ReportPeriod" as "report_period";
    REPORT "Report" as "report";
    BUFDIR_EXPORT "BufdirExport";
    CUSTOM_REPORT_RUN "CustomReportRun";
}
