drop table custom_report_runs, custom_reports;
drop function app.due_custom_reports, app.check_custom_report_run, app.check_schedule_cron, app.check_custom_report_owner,
    app.check_custom_report, app.is_cron, app.is_custom_output_format;
