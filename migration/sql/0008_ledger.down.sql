drop table bufdir_exports;
drop function app.mark_ledger_file, app.count_ledger_download, app.check_download_audited, app.check_ledger_export cascade;
