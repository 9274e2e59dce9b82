//! The report slice's statements. Private: use cases are in the module above.

mod frozen;
mod generations;
mod periods;
mod reports;
mod submissions;
mod warnings;

pub use frozen::{
    DayFilter, FrozenDay, FrozenUnit, frozen_days, frozen_subtree, frozen_unit, frozen_verdicts, has_the_same_units,
};
pub use generations::{
    Generation, GenerationData, current_generation, find_generation, generation_data, generations_of,
    insert_generation, make_participant_key, participant_key, year_before,
};
pub use periods::{
    PeriodFigure, PeriodOrder, ReportPeriod, ReportPeriodFilter, find_period, insert_figure, insert_period,
    latest_figures, list_periods, lock_period, periods, update_period,
};
pub use reports::{
    Report, ReportFilter, ReportOrder, find_report, insert_report, list_reports, lock_report, reports_of_periods,
    update_notes, update_status,
};
pub use submissions::{complete_export, confirm_generation, name_reference};
pub use warnings::{
    ReportWarning, accept_warning, has_the_same_warnings, insert_warning, replace_warning, warnings_of,
};
