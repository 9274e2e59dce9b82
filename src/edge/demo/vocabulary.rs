//! What the demo data is made of. People are put together at random; nobody is meant.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Vocabulary {
    pub(super) first_names: Vec<String>,
    pub(super) last_names: Vec<String>,
    pub(super) outreach_titles: Vec<String>,
    pub(super) conversation_titles: Vec<String>,
    pub(super) activity_titles: Vec<String>,
    pub(super) recreational_titles: Vec<String>,
    pub(super) course_titles: Vec<String>,
    pub(super) other_titles: Vec<String>,
    /// Other organizations that take part; as invented as the ones that own the data.
    pub(super) co_organisers: Vec<String>,
    /// Where people meet.
    pub(super) venues: Vec<String>,
    /// Counties (of 2024), each with places where a branch may be.
    pub(super) counties: Vec<(String, Vec<String>)>,
}

pub(super) static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| serde_json::from_str(include_str!("vocabulary.json")).expect("the file has all of it"));
