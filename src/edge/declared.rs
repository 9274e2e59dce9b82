//! What the slices declare, put together for the kernel. To add a slice: its lists go into these.

use crate::export::download::{FileOrigin, FileRight};
use crate::kernel::declared::{Declarations, Declared};
use crate::kernel::id::IdKind;
use crate::kernel::right::Right;
use crate::kernel::rule::Rule;
use crate::{activity, audit, custom_report, export, format, kernel, ledger, organization, report};

impl Declarations for Declared {
    const RULES: &'static [&'static [Rule]] = &[
        organization::rules::ALL,
        audit::rules::ALL,
        activity::rules::ALL,
        format::rules::ALL,
        report::rules::ALL,
        export::rules::ALL,
        ledger::rules::ALL,
        custom_report::rules::ALL,
        kernel::rules::ALL,
    ];

    const RIGHTS: &'static [&'static [Right]] = &[
        kernel::rights::ALL,
        export::rights::ALL,
        report::rights::ALL,
        organization::rights::ALL,
        audit::rights::ALL,
        ledger::rights::ALL,
        custom_report::rights::ALL,
    ];

    const IDS: &'static [&'static [IdKind]] = &[
        organization::ids::ALL,
        activity::ids::ALL,
        report::ids::ALL,
        export::ids::ALL,
        audit::ids::ALL,
        custom_report::ids::ALL,
    ];
}

impl FileRight for FileOrigin {
    fn right(self) -> Right {
        match self {
            Self::Report => export::rights::DOWNLOAD_REPORT_EXPORTS,
            Self::Ledger => ledger::rights::KEEP_LEDGER,
            Self::CustomReport => custom_report::rights::READ_CUSTOM_REPORTS,
            Self::AuditLog => audit::rights::READ_WHOLE_LOG,
        }
    }
}
