//! The closed sets of values, as people write them: Norwegian or English, in upper or lower case.

use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, Role, UnitLevel};

use super::parse::Reason;

/// Yes or no.
pub fn flag(text: &str) -> Result<bool, Reason> {
    word(
        text,
        &[
            ("ja yes true sann sant x 1 j y", true),
            ("nei no false usann usant 0 n", false),
        ],
    )
}

/// An activity's kind.
pub fn kind(text: &str) -> Result<ActivityKind, Reason> {
    word(
        text,
        &[
            ("oppsøkende outreach besøk samtale", ActivityKind::Outreach),
            ("gruppe group", ActivityKind::Group),
            ("kurs course likepersonskurs", ActivityKind::Course),
            ("annet other", ActivityKind::Other),
        ],
    )
}

/// What a group does.
pub fn group_kind(text: &str) -> Result<GroupKind, Reason> {
    word(
        text,
        &[
            ("samtale samtalegruppe conversation", GroupKind::Conversation),
            ("aktivitet aktivitetsgruppe activity", GroupKind::Activity),
        ],
    )
}

/// How the people met.
pub fn mode(text: &str) -> Result<ActivityMode, Reason> {
    word(
        text,
        &[
            ("fysisk in_person in-person oppmøte", ActivityMode::InPerson),
            ("digitalt digital nett", ActivityMode::Digital),
            ("telefon phone", ActivityMode::Phone),
        ],
    )
}

/// What the coordinator decided.
pub fn status(text: &str) -> Result<ActivityStatus, Reason> {
    word(
        text,
        &[
            ("godkjent approved", ActivityStatus::Approved),
            ("venter pending", ActivityStatus::Pending),
            ("avvist rejected", ActivityStatus::Rejected),
        ],
    )
}

/// Where in the tree a unit stands.
pub fn level(text: &str) -> Result<UnitLevel, Reason> {
    word(
        text,
        &[
            ("nasjonalt national landsledd", UnitLevel::National),
            ("region fylke fylkeslag regionlag", UnitLevel::Region),
            ("lokalt local lokallag", UnitLevel::Local),
        ],
    )
}

/// What a member may do.
pub fn role(text: &str) -> Result<Role, Reason> {
    word(
        text,
        &[
            ("likeperson peer_mentor", Role::PeerMentor),
            ("koordinator coordinator", Role::Coordinator),
            ("administrator org_admin", Role::OrgAdmin),
        ],
    )
}

/// The value whose words (separated by spaces) hold the cell's, whatever its case. The first word is the one to write.
fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Reason> {
    let wanted = text.to_lowercase();
    let found = words
        .iter()
        .find(|(words, _)| words.split(' ').any(|word| word == wanted));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().filter_map(|(words, _)| words.split(' ').next()).collect();
        format!("\"{text}\" is unknown: write {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("JA", Ok(true))]
    #[case("x", Ok(true))]
    #[case("Nei", Ok(false))]
    #[case("kanskje", Err(()))]
    fn flags(#[case] text: &str, #[case] expected: Result<bool, ()>) {
        assert_eq!(flag(text).map_err(drop), expected);
    }

    #[rstest]
    #[case("Oppsøkende", ActivityKind::Outreach)]
    #[case("GRUPPE", ActivityKind::Group)]
    #[case("course", ActivityKind::Course)]
    #[case("annet", ActivityKind::Other)]
    fn kinds(#[case] text: &str, #[case] expected: ActivityKind) {
        assert_eq!(kind(text), Ok(expected));
    }

    /// Whoever mistypes a word is told the words to write.
    #[test]
    fn an_unknown_word_names_the_known_ones() {
        assert_eq!(
            mode("fax").unwrap_err(),
            "\"fax\" is unknown: write fysisk, digitalt, telefon"
        );
    }
}
