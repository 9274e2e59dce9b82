//! The report's state machine (decisions.md, 4), pure. The database holds the same machine in `app.check_report`.

use entity::enums::ReportStatus;

use crate::kernel::error::{Error, Result};
use crate::report::rules;

/// What someone asks of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A worker takes the generation up.
    Begin,
    /// The generation is complete.
    Complete,
    /// The generation failed for good.
    Fail,
    /// A failed generation is asked for anew.
    Retry,
    /// A further generation before any export.
    Regenerate,
    /// A further generation after an export.
    Reopen,
    /// A national file is stored.
    Export,
}

/// The status after a step; the rule's refusal when the status does not allow it.
pub fn after(status: ReportStatus, step: Step) -> Result<ReportStatus> {
    use ReportStatus::{Exported, Failed, Generating, Pending, Ready};
    match (status, step) {
        // A worker that died leaves `generating`; the next attempt goes on from there.
        (Pending | Generating, Step::Begin) => Ok(Generating),
        (Generating, Step::Complete) => Ok(Ready),
        (Generating, Step::Fail) => Ok(Failed),
        (Failed, Step::Retry) | (Ready, Step::Regenerate) | (Exported, Step::Reopen) => Ok(Pending),
        (Ready | Exported, Step::Export) => Ok(Exported),
        (Pending | Generating | Failed, Step::Export) => Err(Error::rule(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT)),
        _ => Err(Error::rule_because(
            rules::STATUS_TRANSITION_VALID,
            refusal(status, step),
        )),
    }
}

fn refusal(status: ReportStatus, step: Step) -> String {
    let wanted = match step {
        Step::Begin | Step::Complete | Step::Fail => "this step of its generation",
        Step::Retry => "a retry: only a failed report is retried",
        Step::Regenerate => "a regeneration: only a ready report is regenerated (reopen an exported one)",
        Step::Reopen => "reopening: only an exported report is reopened",
        Step::Export => "an export",
    };
    format!("The report is {}, which does not allow {wanted}.", status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReportStatus::{Exported, Failed, Generating, Pending, Ready};

    const STATUSES: [ReportStatus; 5] = [Pending, Generating, Ready, Exported, Failed];
    const STEPS: [Step; 7] = [
        Step::Begin,
        Step::Complete,
        Step::Fail,
        Step::Retry,
        Step::Regenerate,
        Step::Reopen,
        Step::Export,
    ];

    #[test]
    fn exactly_the_decided_transitions_are_allowed() {
        let allowed: Vec<_> = STATUSES
            .into_iter()
            .flat_map(|status| STEPS.map(|step| (status, step)))
            .filter_map(|(status, step)| after(status, step).ok().map(|next| (status, step, next)))
            .collect();
        assert_eq!(
            allowed,
            [
                (Pending, Step::Begin, Generating),
                (Generating, Step::Begin, Generating),
                (Generating, Step::Complete, Ready),
                (Generating, Step::Fail, Failed),
                (Ready, Step::Regenerate, Pending),
                (Ready, Step::Export, Exported),
                (Exported, Step::Reopen, Pending),
                (Exported, Step::Export, Exported),
                (Failed, Step::Retry, Pending),
            ]
        );
    }

    #[test]
    fn a_refusal_names_its_rule() {
        let rule = |status, step| after(status, step).unwrap_err().broken_rule();
        assert_eq!(
            rule(Pending, Step::Export),
            Some(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT)
        );
        assert_eq!(rule(Exported, Step::Regenerate), Some(rules::STATUS_TRANSITION_VALID));
    }
}
