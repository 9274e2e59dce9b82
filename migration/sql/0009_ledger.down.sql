drop trigger count_ledger_download on files;
drop table bufdir_exports cascade;
drop function app.count_ledger_download, app.check_download_audited, app.check_ledger_export;
