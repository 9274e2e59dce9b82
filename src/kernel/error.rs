//! What can go wrong, as a closed set, and how a refusal of the database becomes one of it.
//!
//! Every rule of the specification has one name (`Rule`), used by the constraint or trigger, by `extensions.rule`, and by
//! the test. To add a rule: name it in its slice's `rules.rs`, give the database the constraint of that name, write the test.

use std::fmt;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::kernel::rule::{Rule, RuleKind};
use crate::kernel::rules;

/// The result of everything that can fail for a reason a caller should hear of.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation was refused or failed. Cloned where one failed batch answers many fields.
#[derive(Clone, Debug)]
pub enum Error {
    /// No valid token; the message says what is wrong with it.
    Unauthenticated(String),
    /// The caller is known and may not do this.
    Forbidden { rule: Option<Rule>, message: String },
    /// No such thing for this caller. Carries no rule: it would tell what exists.
    NotFound(&'static str),
    /// The same where it is a field of the input, or a place in one, that names nothing for this caller.
    NoSuch { what: &'static str, field: String },
    /// The input breaks a rule.
    Invalid {
        rule: Rule,
        field: Option<String>,
        message: String,
    },
    /// The input is fine; the state of the data forbids it.
    Conflict { rule: Rule, message: String },
    /// A part that is needed does not answer; trying again later makes sense.
    Unavailable(String),
    /// A defect, or something unforeseen. Logged with an id; the caller is told the id alone.
    Internal(Cause),
}

/// What went wrong unforeseen, for the log. Postgres writes it in the language of its `lc_messages`: compare the SQLSTATE.
#[derive(Clone, Debug)]
pub struct Cause {
    text: String,
    sqlstate: Option<String>,
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Error {
    /// A refusal by `rule`, with the code that goes with the rule.
    pub fn rule(rule: Rule) -> Self {
        Self::rule_because(rule, rule.message())
    }

    /// A refusal by `rule` whose message says more than the rule's own.
    pub fn rule_because(rule: Rule, message: impl Into<String>) -> Self {
        let message = message.into();
        match rule.kind() {
            RuleKind::Invalid => Self::Invalid {
                rule,
                field: None,
                message,
            },
            RuleKind::Conflict => Self::Conflict { rule, message },
            RuleKind::Forbidden => Self::Forbidden {
                rule: Some(rule),
                message,
            },
        }
    }

    /// Names the input field that is at fault.
    pub fn at(self, name: impl Into<String>) -> Self {
        match self {
            Self::Invalid { rule, message, .. } => Self::Invalid {
                rule,
                field: Some(name.into()),
                message,
            },
            Self::NotFound(what) | Self::NoSuch { what, .. } => Self::NoSuch {
                what,
                field: name.into(),
            },
            other => other,
        }
    }

    /// Puts the input field that is at fault below another: `filters.limit` below `input.definition`.
    pub fn below(self, above: &str) -> Self {
        let field = match self.field() {
            Some(field) => format!("{above}.{field}"),
            None => above.to_owned(),
        };
        self.at(field)
    }

    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::Internal(Cause {
            text: cause.to_string(),
            sqlstate: None,
        })
    }

    /// Postgres's code for why a statement failed, where nothing in this module foresaw it.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Internal(cause) => cause.sqlstate.as_deref(),
            _ => None,
        }
    }

    /// `extensions.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::NotFound(_) | Self::NoSuch { .. } => "NOT_FOUND",
            Self::Invalid { .. } => "INVALID",
            Self::Conflict { .. } => "CONFLICT",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// `extensions.rule`.
    pub fn broken_rule(&self) -> Option<Rule> {
        match self {
            Self::Invalid { rule, .. } | Self::Conflict { rule, .. } => Some(*rule),
            Self::Forbidden { rule, .. } => *rule,
            _ => None,
        }
    }

    /// `extensions.field`.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } => field.as_deref(),
            Self::NoSuch { field, .. } => Some(field),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated(message)
            | Self::Forbidden { message, .. }
            | Self::Invalid { message, .. }
            | Self::Conflict { message, .. }
            | Self::Unavailable(message) => out.write_str(message),
            Self::Internal(cause) => cause.fmt(out),
            Self::NotFound(what) | Self::NoSuch { what, .. } => write!(out, "There is no such {what}."),
        }
    }
}

impl std::error::Error for Error {}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unavailable(&error),
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => from_sqlx(cause),
            _ => Self::internal(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        from_sqlx(&error)
    }
}

fn from_sqlx(error: &sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(refusal) => from_database(refusal.as_ref()),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
            unavailable(error)
        }
        other => Error::internal(other),
    }
}

/// What a refusal is, by its structure alone: nothing that Postgres writes itself is compared or shown, so that it may
/// write in any language.
///
/// SQLSTATE classes 08 (connection), 40 (deadlock, lost race), 53 (resources), 57P (shutdown) and 55P03 (a lock waited for
/// in vain) pass. The hint is a rule's name where `app.refuse` raised it, whose detail is a sentence of ours; so is a
/// constraint's name, whose detail quotes the row. The rest is a defect.
fn from_database(refusal: &dyn DatabaseError) -> Error {
    let state = refusal.code().unwrap_or_default();
    if state.starts_with("40") || state == "55P03" {
        return lost_race(refusal);
    }
    if state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") {
        return unavailable(refusal);
    }
    let raised = refusal.try_downcast_ref::<PgDatabaseError>();
    if let Some((rule, raised)) = raised.and_then(|raised| Some((Rule::from_name(raised.hint()?)?, raised))) {
        return raised
            .detail()
            .map_or_else(|| Error::rule(rule), |sentence| Error::rule_because(rule, sentence));
    }
    if let Some(rule) = refusal.constraint().and_then(Rule::from_name) {
        return Error::rule(rule);
    }
    match state.as_ref() {
        "42501" => Error::Forbidden {
            rule: None,
            message: "You may not do this.".into(),
        },
        // The one character that Postgres keeps in no text and in no JSON.
        "22021" | "22P05" => Error::rule(rules::TEXT_WITHOUT_CONTROL_CHARACTERS),
        _ => Error::Internal(Cause {
            text: refusal.to_string(),
            sqlstate: Some(state.into_owned()),
        }),
    }
}

/// The database answers; it broke off one of two transactions that were in each other's way. Workers try again after a
/// pause of seconds, as after any failed attempt.
fn lost_race(cause: &dyn fmt::Display) -> Error {
    tracing::warn!(%cause, "a transaction was broken off in favour of another");
    Error::Unavailable(
        "Someone else changed the same at the same moment. Nothing was changed here; try again now.".into(),
    )
}

fn unavailable(cause: &dyn fmt::Display) -> Error {
    tracing::warn!(%cause, "the database does not answer");
    Error::Unavailable("The database does not answer. Try again in a moment.".into())
}

/// The SQLSTATE of the database's refusal, if it is one.
pub fn sqlstate(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            Some(cause.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}
