//! The slice's statements: of definitions, runs and schedules. What a definition asks is compiled ([`super::compile`]).

mod definitions;
mod runs;
mod schedules;

pub use definitions::{
    CustomReportOrderField, DefinitionFilter, find, insert, is_staff, list, lock, people_names, save, unit_names,
};
pub use runs::{
    CustomReportRun, NewRun, begin_run, cancel_run, fail_run, find_run, insert_run, list_runs, lock_run, record_result,
    report_progress, request_cancellation, succeed_run,
};
pub use schedules::{Scheduled, claim_schedule, disable_schedule, due_schedules, lock_schedule, owner, save_schedule};
