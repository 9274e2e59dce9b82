//! What makes pages an archival document: PDF/A-2a (ISO 19005-2), written over what printpdf made.
//!
//! printpdf's own conformance setting is a label alone. Here the document gets its metadata, the colour space that
//! its greys refer to, language, structure, outline and an identity that follows from its content. It carries no
//! dates: the same content must give the same bytes.

use lopdf::{Document, Object, ObjectId, Stream, StringFormat, dictionary};
use moxcms::{ColorDateTime, ColorProfile};

use super::{flow::Bookmark, pages::broken, xmp};
use crate::export::{table::Language, writer::RenderError};

/// What the document says of itself.
pub(super) struct About {
    pub(super) title: String,
    pub(super) organization: String,
    pub(super) language: Language,
    /// SHA-256 of all content.
    pub(super) digest: [u8; 32],
}

impl About {
    pub(super) fn producer() -> &'static str {
        "bufdir-reports"
    }
}

/// Turns printpdf's document into a PDF/A-2a.
pub(super) fn conform(
    document: &mut Document,
    about: &About,
    structure: ObjectId,
    bookmarks: &[Bookmark],
) -> Result<(), RenderError> {
    document.version = "1.7".to_owned();
    let pages: Vec<ObjectId> = document.page_iter().collect();
    number_pages(document, &pages)?;
    identify(document, about);
    let metadata = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        xmp::packet(about).into_bytes(),
    );
    // Left readable for programs that look for the packet without parsing the file.
    let metadata = document.add_object(metadata.with_compression(false));
    let intent = output_intent(document)?;
    let outline = outline(document, bookmarks, &pages);

    let catalog = document.catalog_mut().map_err(broken)?;
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", Object::Array(vec![intent.into()]));
    catalog.set("Lang", Object::string_literal(about.language.tag()));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", structure);
    catalog.set(
        "ViewerPreferences",
        dictionary! { "DisplayDocTitle" => true },
    );
    if let Some(outline) = outline {
        catalog.set("Outlines", outline);
        catalog.set("PageMode", "UseOutlines");
    }
    Ok(())
}

/// Ties each page to its row of the parent tree, and lets the tab key follow the structure.
fn number_pages(document: &mut Document, pages: &[ObjectId]) -> Result<(), RenderError> {
    for (number, page) in (0_i64..).zip(pages) {
        let page = document.get_dictionary_mut(*page).map_err(broken)?;
        page.remove(b"Annots");
        page.set("StructParents", number);
        page.set("Tabs", "S");
    }
    Ok(())
}

/// Replaces printpdf's information (dates, empty entries) and its random identity.
fn identify(document: &mut Document, about: &About) {
    let info = document.add_object(dictionary! {
        "Title" => text_string(&about.title),
        "Author" => text_string(&about.organization),
        "Producer" => text_string(About::producer()),
    });
    if let Ok(Object::Reference(former)) = document.trailer.get(b"Info") {
        let former = *former;
        document.objects.remove(&former);
    }
    document.trailer.set("Info", info);
    let id = Object::String(about.digest[..16].to_vec(), StringFormat::Hexadecimal);
    document
        .trailer
        .set("ID", Object::Array(vec![id.clone(), id]));
}

/// Says what the greys on the pages mean: sRGB.
fn output_intent(document: &mut Document) -> Result<ObjectId, RenderError> {
    let mut profile = ColorProfile::new_srgb();
    // The profile would carry today's date; this is the year in which sRGB became a standard.
    profile.creation_date_time = ColorDateTime {
        year: 1999,
        month: 10,
        day_of_the_month: 1,
        hours: 0,
        minutes: 0,
        seconds: 0,
    };
    let bytes = profile
        .encode()
        .map_err(|error| RenderError::Layout(format!("the colour profile: {error:?}")))?;
    let profile = document.add_object(Stream::new(dictionary! { "N" => 3 }, bytes));
    Ok(document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    }))
}

/// One entry for each table; none when there is no table.
fn outline(
    document: &mut Document,
    bookmarks: &[Bookmark],
    pages: &[ObjectId],
) -> Option<ObjectId> {
    let count = u32::try_from(bookmarks.len())
        .ok()
        .filter(|count| *count > 0)?;
    let root = document.max_id + 1;
    let (first, last) = (root + 1, root + count);
    document.max_id = last;
    for (id, bookmark) in (first..).zip(bookmarks) {
        let place: Vec<Object> = vec![
            pages[bookmark.page as usize].into(),
            "XYZ".into(),
            0.into(),
            bookmark.top.into(),
            0.into(),
        ];
        let mut entry = dictionary! { "Title" => text_string(&bookmark.title), "Parent" => (root, 0), "Dest" => place };
        if id > first {
            entry.set("Prev", (id - 1, 0));
        }
        if id < last {
            entry.set("Next", (id + 1, 0));
        }
        document.objects.insert((id, 0), entry.into());
    }
    let root_entry = dictionary! {
        "Type" => "Outlines", "First" => (first, 0), "Last" => (last, 0), "Count" => i64::from(count)
    };
    document.objects.insert((root, 0), root_entry.into());
    Some((root, 0))
}

/// A text string in UTF-16, which every reader takes (ISO 32000-1, 7.9.2.2).
pub(super) fn text_string(text: &str) -> Object {
    let mark = [0xFE, 0xFF];
    let bytes = mark
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}
