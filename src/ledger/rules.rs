//! The rules of the export ledger.

use crate::kernel::rule::rules;

rules! {
    ORG_ADMIN_ONLY_ACCESS Forbidden Both "bufdir-export" "Only org admins and support keep the export ledger."
    PERIOD_MUST_NOT_BE_FUTURE Invalid Both "bufdir-export" "The report period has not ended."
    FILE_PATH_REQUIRED_ON_COMPLETE Invalid Database "bufdir-export" "A completed export names its file, with size, checksum, count and time."
    LEDGER_FILE_REQUIRES_COMPLETED_STATUS Invalid Database "bufdir-export" "Only a completed export has a file and downloads."
    LEDGER_STATUS_IS_VALID_ENUM Invalid Database "decisions 6" "An export of the ledger is pending, generating, completed or failed."
    GRANT_REFERENCE_CODE_LENGTH Invalid Api "issue" "A grant's reference has 1 to 100 characters, and an export 50 of them at most."
}
