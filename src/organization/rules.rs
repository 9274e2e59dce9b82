//! The rules of organizations, people, units and support access.

use crate::kernel::rule::rules;

rules! {
    ORGANIZATION_SLUG_UNIQUE Conflict Database "decisions 1" "Another organization has this short name."
    ORGANIZATION_SLUG_VALID Invalid Database "decisions 1" "A short name has lower-case letters, digits and hyphens."
    ORGANIZATION_NAME_NOT_EMPTY Invalid Database "decisions 1" "An organization has a name."
    ORGANIZATION_NUMBER_VALID Invalid Database "domain 2b, ID01" "An organization number has nine digits, the last of which checks the others."
    USER_EMAIL_UNIQUE Conflict Database "decisions 1" "Another user has this e-mail address."
    USER_EMAIL_VALID Invalid Database "decisions 1" "An e-mail address is written in lower case, with an @."
    USER_NAME_NOT_EMPTY Invalid Database "decisions 1" "A user has a name."
    MEMBERSHIP_ROLE_VALID Invalid Database "decisions 1" "A membership's role is peer_mentor, coordinator or org_admin."
    ORGANIZATION_KEEPS_AN_ADMIN Conflict Database "decisions 1" "An organization keeps an active org admin."
    PEER_APPROVAL_START_BEFORE_END Invalid Database "domain 2" "A peer's approval begins before it ends."
    SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN Forbidden Both "decisions 1" "Only an org admin grants support access."
    SUPPORT_ACCESS_FOR_GLOBAL_ADMIN Invalid Both "decisions 1" "Support access is granted to an active global admin."
    SUPPORT_ACCESS_ONLY_REVOKED Conflict Database "decisions 1" "Support access can only be revoked, and only once."
    SUPPORT_ACCESS_REASON_NOT_EMPTY Invalid Database "decisions 1" "Support access has a reason."
    SUPPORT_ACCESS_REASON_LENGTH Invalid Database "decisions 1" "The reason of support access has 1,000 characters at most."
    SUPPORT_ACCESS_AT_MOST_30_DAYS Invalid Database "decisions 1" "Support access lasts 30 days at most and ends after it begins."
    SUPPORT_ACCESS_REVOCATION_COMPLETE Invalid Database "decisions 1" "A revocation names its time and person."
    UNIT_LEVEL_VALID Invalid Database "decisions 6" "A unit's level is national, region or local."
    UNIT_NAME_NOT_EMPTY Invalid Database "issue" "A unit has a name."
    UNIT_LEVEL_BELOW_PARENT Invalid Database "issue" "A unit stands below its parent: national, region, local."
    NATIONAL_UNIT_IS_THE_ROOT Invalid Database "issue" "The national unit alone has no parent."
    ONE_NATIONAL_UNIT Conflict Database "issue" "An organization has one national unit."
    UNIT_EXTERNAL_REF_UNIQUE Conflict Database "issue" "Another unit has this reference of the source system."
}
