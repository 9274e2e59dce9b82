//! The rules of the audit log.

use crate::kernel::rule::rules;

rules! {
    AUDIT_TRAIL_READ_ONLY Forbidden Database "report-audit-trail" "Audit entries can be neither changed nor deleted."
    AUDIT_ACTOR_KIND_VALID Invalid Database "decisions 9" "An actor's kind is user, support, worker, schedule, import or operator."
    AUDIT_ACTION_VALID Invalid Database "decisions 9" "An action's name is lower-case words joined by underscores."
    AUDIT_ID_CARRIES_ITS_TIME Invalid Database "decisions 9" "An entry's id carries its time."
    AUDIT_ACTOR_IS_WHO_ENTERED Forbidden Database "decisions 9" "An entry names who entered, and nobody else."
    AUDIT_PERSON_HAS_NAME_AND_ROLE Invalid Database "report-audit-trail" "An entry names the person's name and role."
    LOG_EXPORT_AUDITED Conflict Database "decisions 9" "An export of the log is committed with its audit entry or not at all."
    CANONICAL_NUMBERS_ARE_INTEGERS Invalid Database "decisions 9" "Write decimals and large numbers as strings."
}
