//! The rules of activities and their participants.

use crate::kernel::rule::rules;

rules! {
    ACTIVITY_KIND_VALID Invalid Database "domain 1" "An activity's kind is outreach, group, course or other."
    ACTIVITY_GROUP_KIND_VALID Invalid Database "domain 2b" "A group, and only a group, is a conversation or an activity group."
    ACTIVITY_MODE_VALID Invalid Database "domain 2a" "An activity takes place in person, digitally or by phone."
    ACTIVITY_STATUS_VALID Invalid Database "decisions 3" "An activity is pending, approved or rejected."
    ACTIVITY_TITLE_LENGTH Invalid Database "issue" "A title has 300 characters at most."
    ACTIVITY_COUNTRY_VALID Invalid Database "domain 2a" "A country is a code of two capital letters."
    COUNTY_KNOWN Invalid Database "domain 2b, AK11" "A county is one of Norway's, in its one spelling."
    ACTIVITY_EXTERNAL_REF_UNIQUE Conflict Database "issue" "Another activity has this reference of the source system."
    CONTACT_EXTERNAL_REF_UNIQUE Conflict Database "issue" "Another contact has this reference of the source system."
    ACTIVITY_MINUTES_WITHIN_A_DAY Invalid Database "decisions 3" "A day's sessions last 0 to 1440 minutes."
    ANONYMOUS_PARTICIPANTS_PLAUSIBLE Invalid Database "decisions 3" "Anonymous participants are 0 to 100,000."
    PARTICIPANT_KEY_LENGTH Invalid Database "decisions 4" "A participant key has 32 bytes."
    PARTICIPANT_KEY_ERASED_OR_PRESENT Invalid Database "decisions 4" "A participant key is either present or erased."
    ERASURE_WAITS_FOR_GENERATION Conflict Database "decisions 4" "A report of the year is being generated; erase its participants afterwards."
}
