//! The first page: title, organization, what the file is, and notes.

use super::{
    block::Style,
    flow::{Breaking, Flow, MARGIN},
    font::Weight,
    tree::{DOCUMENT, Tag},
};
use crate::table::Cover;

const TITLE: Style = Style {
    size: 21.0,
    leading: 27.0,
    padding: 2.0,
    above: 0.0,
};
const ORGANIZATION: Style = Style {
    size: 12.0,
    leading: 16.0,
    padding: 2.0,
    above: 0.0,
};
const FACT: Style = Style {
    size: 9.5,
    leading: 13.0,
    padding: 1.5,
    above: 0.0,
};
const NOTE: Style = Style {
    size: 10.0,
    leading: 14.0,
    padding: 0.0,
    above: 7.0,
};
/// Between the cover's parts.
const GAP: f32 = 12.0;
/// The most that labels take of the width, and what stands between label and value.
const LABEL_SHARE: f32 = 0.4;
const LABEL_GUTTER: f32 = 12.0;

/// Sets the cover; tables follow on the same page.
pub(super) fn set_cover(flow: &mut Flow, cover: &Cover) {
    flow.paragraph(Tag::Title, &cover.title, Weight::Bold, TITLE);
    flow.paragraph(Tag::Paragraph, &cover.organization, Weight::Regular, ORGANIZATION);
    if let Some(word) = &cover.watermark {
        // The word across the pages is not read aloud; here it is.
        flow.paragraph(Tag::Paragraph, word, Weight::Bold, ORGANIZATION);
    }
    if !cover.facts.is_empty() {
        flow.skip(GAP);
        set_facts(flow, &cover.facts);
    }
    flow.skip(GAP);
    for note in cover.notes.lines().filter(|line| !line.trim().is_empty()) {
        flow.paragraph(Tag::Paragraph, note, Weight::Regular, NOTE);
    }
}

fn set_facts(flow: &mut Flow, facts: &[(String, String)]) {
    let list = flow.tree.add(DOCUMENT, Tag::List);
    let widest = facts
        .iter()
        .map(|(label, _)| flow.fonts.width(Weight::Bold, FACT.size, label))
        .fold(0.0, f32::max)
        + 0.1;
    let label_width = widest.min(flow.width() * LABEL_SHARE);
    let indent = label_width + LABEL_GUTTER;
    for (label, value) in facts {
        let item = flow.tree.add(list, Tag::ListItem);
        let owner = flow.tree.add(item, Tag::Label);
        let label = flow.block(owner, label, Weight::Bold, FACT, MARGIN, label_width);
        let owner = flow.tree.add(item, Tag::ListBody);
        let width = flow.width() - indent;
        let value = flow.block(owner, value, Weight::Regular, FACT, MARGIN + indent, width);
        flow.place(&[label, value], FACT, Breaking::OnlyIfTaller, None);
    }
}
