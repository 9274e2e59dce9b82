//! The report's state machine (decisions.md, 4), pure. What changes with the status is in `transition`; the database
//! holds the same machine in `app.check_report`.

use entity::enums::ReportStatus;

use crate::kernel::error::{Error, Result};
use crate::kernel::right::Right;
use crate::report::{rights, rules};

/// How a report begins.
pub const INITIAL: ReportStatus = ReportStatus::Pending;

/// What is done with a report.
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
    /// The exported report was handed in. The status stays.
    ConfirmSubmission,
}

/// A status that a step leads to. Only [`Step::from`] makes one, and no report's status is changed without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition(ReportStatus);

impl Transition {
    pub fn to(self) -> ReportStatus {
        self.0
    }
}

impl Step {
    /// Who may take it. A worker has every right; its steps are of a generation that a person asked for.
    pub fn right(self) -> Right {
        match self {
            Self::Begin | Self::Complete | Self::Fail | Self::Retry | Self::Regenerate => rights::GENERATE_REPORTS,
            Self::Reopen => rights::REOPEN_REPORTS,
            Self::Export | Self::ConfirmSubmission => rights::EXPORT_REPORTS,
        }
    }

    /// Where it leads from this status; the rule's refusal when the status does not allow it.
    pub fn from(self, status: ReportStatus) -> Result<Transition> {
        use ReportStatus::{Exported, Failed, Generating, Pending, Ready};
        let to = match (status, self) {
            // A worker that died leaves `generating`; the next attempt goes on from there.
            (Pending | Generating, Self::Begin) => Generating,
            (Generating, Self::Complete) => Ready,
            (Generating, Self::Fail) => Failed,
            (Failed, Self::Retry) | (Ready, Self::Regenerate) | (Exported, Self::Reopen) => Pending,
            (Ready | Exported, Self::Export) | (Exported, Self::ConfirmSubmission) => Exported,
            (Pending | Generating | Failed, Self::Export) => {
                return Err(Error::rule(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT));
            }
            (_, Self::ConfirmSubmission) => return Err(Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT)),
            _ => {
                return Err(Error::rule_because(
                    rules::STATUS_TRANSITION_VALID,
                    self.refusal(status),
                ));
            }
        };
        Ok(Transition(to))
    }

    fn refusal(self, status: ReportStatus) -> String {
        let wanted = match self {
            Self::Begin | Self::Complete | Self::Fail => "this step of its generation",
            Self::Retry => "a retry: only a failed report is retried",
            Self::Regenerate => "a regeneration: only a ready report is regenerated (reopen an exported one)",
            Self::Reopen => "reopening: only an exported report is reopened",
            Self::Export => "an export",
            Self::ConfirmSubmission => "a confirmation of its submission",
        };
        format!("The report is {}, which does not allow {wanted}.", status.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReportStatus::{Exported, Failed, Generating, Pending, Ready};

    const STATUSES: [ReportStatus; 5] = [Pending, Generating, Ready, Exported, Failed];
    const STEPS: [Step; 8] = [
        Step::Begin,
        Step::Complete,
        Step::Fail,
        Step::Retry,
        Step::Regenerate,
        Step::Reopen,
        Step::Export,
        Step::ConfirmSubmission,
    ];

    #[test]
    fn exactly_the_decided_transitions_are_allowed() {
        let allowed: Vec<_> = STATUSES
            .into_iter()
            .flat_map(|status| STEPS.map(|step| (status, step)))
            .filter_map(|(status, step)| step.from(status).ok().map(|next| (status, step, next.to())))
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
                (Exported, Step::ConfirmSubmission, Exported),
                (Failed, Step::Retry, Pending),
            ]
        );
    }

    #[test]
    fn a_refusal_names_its_rule() {
        let rule = |status, step: Step| step.from(status).unwrap_err().broken_rule();
        assert_eq!(
            rule(Pending, Step::Export),
            Some(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT)
        );
        assert_eq!(rule(Exported, Step::Regenerate), Some(rules::STATUS_TRANSITION_VALID));
        let confirm = Step::ConfirmSubmission;
        assert_eq!(rule(Ready, confirm), Some(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT));
    }
}
