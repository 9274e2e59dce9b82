//! Why an export failed: a code for programs, a sentence for people, and whether another attempt may help.

use async_graphql::Enum;
use render::{FileFormat, RenderError};

use super::storage::StorageError;
use crate::format::rules::FORMAT_VERSION_READABLE;
use crate::kernel::error::Error;

macro_rules! codes {
    ($($(#[doc = $about:literal])+ $variant:ident = $text:literal,)+) => {
        /// Why an export failed (decisions.md, 6).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        #[graphql(name = "ExportErrorCode")]
        pub enum FailureCode {
            $($(#[doc = $about])+ $variant,)+
        }

        impl FailureCode {
            /// The text that the database stores.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// The figures could not be loaded or added up.
    AggregationFailed = "AGGREGATION_FAILED",
    /// The format version has no place for some of the data, or asks for data that is not there.
    MappingIncomplete = "MAPPING_INCOMPLETE",
    /// The file could not be laid out.
    RenderFailed = "RENDER_FAILED",
    /// The storage is full, refuses the file, or does not answer.
    StorageUploadFailed = "STORAGE_UPLOAD_FAILED",
    /// The format cannot hold that much; the message names the limit.
    LimitExceeded = "LIMIT_EXCEEDED",
    /// Whoever asked for the export may no longer have it.
    RightLost = "RIGHT_LOST",
    /// The report was generated anew, or opened again, while its file was made.
    ReportChanged = "REPORT_CHANGED",
    /// The export took longer than it may.
    TimedOut = "TIMED_OUT",
    /// Something unforeseen, which the server's log describes under the export's id.
    Internal = "INTERNAL",
}

/// An export's failure. The message is shown to people: it holds no path, no stack and no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFailure {
    pub code: FailureCode,
    pub message: String,
    /// The cause may pass by itself: another attempt makes sense.
    pub is_transient: bool,
}

impl ExportFailure {
    /// A failure that another attempt would meet again.
    pub fn permanent(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            is_transient: false,
        }
    }

    /// The same for an unforeseen cause: the log has what people are not shown.
    pub fn unforeseen(code: FailureCode, cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, code = code.as_str(), "an export failed for an unforeseen reason");
        Self::permanent(
            code,
            "Something unforeseen stopped the export. The server's log describes it under this export's id.",
        )
    }
}

impl From<Error> for ExportFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(message) => Self {
                code: FailureCode::Internal,
                message,
                is_transient: true,
            },
            Error::Internal(cause) => Self::unforeseen(FailureCode::Internal, &cause),
            Error::Forbidden { message, .. } => Self::permanent(FailureCode::RightLost, message),
            Error::Conflict {
                rule: FORMAT_VERSION_READABLE,
                message,
            } => Self::permanent(FailureCode::MappingIncomplete, message),
            refusal => Self::permanent(FailureCode::Internal, refusal.to_string()),
        }
    }
}

impl ExportFailure {
    /// Why a file could not be rendered, to somebody who may have it in one of these formats.
    pub(super) fn rendering(error: RenderError, offered: &[FileFormat]) -> Self {
        match error {
            RenderError::LimitExceeded(limit) => Self::permanent(FailureCode::LimitExceeded, limit.describe(offered)),
            RenderError::Io(cause) => {
                tracing::error!(%cause, "a file could not be rendered");
                Self::permanent(
                    FailureCode::RenderFailed,
                    "The server has no room to lay the file out. Tell its operator, then export again.",
                )
            }
            RenderError::Misuse(_) | RenderError::Layout(_) => Self::unforeseen(FailureCode::RenderFailed, &error),
        }
    }
}

impl From<StorageError> for ExportFailure {
    fn from(error: StorageError) -> Self {
        tracing::error!(cause = error.cause(), "a file could not be stored");
        Self::permanent(
            FailureCode::StorageUploadFailed,
            format!("{error} Tell the server's operator, then export again."),
        )
    }
}

#[cfg(test)]
mod tests {
    use render::Limit;

    use super::*;
    use crate::export::rules;

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        assert!(ExportFailure::from(Error::Unavailable("Later.".into())).is_transient);
        assert!(!ExportFailure::from(Error::rule(rules::ROLE_REQUIRED_FOR_EXPORT)).is_transient);
        assert!(!ExportFailure::from(Error::internal("a defect")).is_transient);
    }

    #[test]
    fn people_see_nothing_of_what_only_the_log_should_hold() {
        let path = "/var/lib/secret: permission denied";
        let failures = [
            ExportFailure::from(Error::internal(path)),
            ExportFailure::rendering(RenderError::Io(std::io::Error::other(path)), &[]),
            ExportFailure::rendering(RenderError::Layout(path.into()), &[]),
            StorageError::Refused(path.into()).into(),
            StorageError::Unavailable(path.into()).into(),
        ];
        for failure in failures {
            assert!(!failure.message.contains("secret"), "{}", failure.message);
            assert!(!failure.message.is_empty());
        }
    }

    #[test]
    fn a_limit_is_named_to_people() {
        let limit = RenderError::LimitExceeded(Limit {
            sentence: "A PDF holds 20,000 rows at most.".to_owned(),
            beyond: &[FileFormat::Csv],
        });
        let failure = ExportFailure::rendering(limit, &[FileFormat::Pdf, FileFormat::Csv]);
        assert_eq!(failure.code, FailureCode::LimitExceeded);
        assert_eq!(failure.message, "A PDF holds 20,000 rows at most. CSV holds more.");
    }

    #[test]
    fn a_code_is_read_back_from_its_text() {
        assert_eq!(FailureCode::from_name("RIGHT_LOST"), Some(FailureCode::RightLost));
        assert_eq!(
            FailureCode::from_name(FailureCode::TimedOut.as_str()),
            Some(FailureCode::TimedOut)
        );
        assert_eq!(FailureCode::from_name("right_lost"), None);
    }
}
