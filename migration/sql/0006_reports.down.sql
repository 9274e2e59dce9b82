drop table job_progress, frozen_unit_figures, frozen_days, report_warnings, report_generations, bufdir_reports,
    period_figures, report_periods cascade;
drop function app.check_participant_key, app.notify_change, app.refuse_frozen_change, app.check_warning,
    app.check_generation, app.refuse_deletion, app.check_export_audited, app.check_report, app.is_export_format cascade;
