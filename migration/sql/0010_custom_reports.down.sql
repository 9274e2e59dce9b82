drop function app.due_custom_reports;
drop table custom_report_runs, custom_reports;
drop function app.check_custom_report_run, app.check_custom_report, app.is_cron;
