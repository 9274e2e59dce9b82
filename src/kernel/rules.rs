//! The rules of entering, of isolation, and of what every argument may be.

use crate::kernel::rule::rules;

rules! {
    ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE Forbidden Both "bufdir-report" "The organization must exist and be active."
    ORGANIZATION_REQUIRED Invalid Api "decisions 1" "Name the organization: by the token's claim or the X-Organization-Id header."
    ORGANIZATION_UNKNOWN Forbidden Api "decisions 1" "You have no access to such an organization."
    SHORT_TEXT_LENGTH Invalid Both "issue" "Names, addresses, places and references have 300 characters at most."
    TEXT_WITHOUT_CONTROL_CHARACTERS Invalid Both "issue" "A text has no control characters but tabs and line breaks."
    ASKED_FOR_BY_WHO_ENTERED Forbidden Database "decisions 1" "Whoever has entered asks in their own name, and nobody else's."
    ID_IS_VALID_UUID Invalid Database "bufdir-export-audit-log" "An id is a UUIDv7."
    TENANT_ISOLATION Forbidden Both "bufdir-report" "Other organizations' data is out of sight."
    ROLE_REQUIRED Forbidden Api "decisions 1" "Your role does not allow this."
    ID_MALFORMED Invalid Api "issue" "The id is not one that this API gave out."
    PAGE_SIZE_LIMIT Invalid Api "issue" "A page has 1 to 200 entries, asked for from one end."
    CURSOR_MALFORMED Invalid Api "issue" "The cursor is not one that this list gave out."
}
