//! What makes pages an archival document: PDF/A-2a (ISO 19005-2), written over what printpdf made.
//!
//! printpdf's own conformance setting is a label alone. Here the document gets its metadata, the colour space that
//! its greys refer to, language, structure, and outline. It carries no
//! dates: the same content must give the same bytes.

use lopdf::{Document, Object, ObjectId, Stream, StringFormat, dictionary};
use moxcms::ColorProfile;

use super::{flow::Bookmark, pages::broken};
use crate::{
    table::{Cover, Locale},
    writer::RenderError,
};

/// What the document says of itself.
pub(super) struct About {
    pub(super) title: String,
    pub(super) organization: String,
    pub(super) locale: Locale,
}

impl About {
    pub(super) fn new(cover: &Cover) -> Self {
        Self {
            title: metadata_text(&cover.title),
            organization: metadata_text(&cover.organization),
            locale: cover.locale,
        }
    }

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
        packet(about).into_bytes(),
    );
    // Left readable for programs that look for the packet without parsing the file.
    let metadata = document.add_object(metadata.with_compression(false));
    let intent = output_intent(document)?;
    let outline = outline(document, bookmarks, &pages);

    let catalog = document.catalog_mut().map_err(broken)?;
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", Object::Array(vec![intent.into()]));
    catalog.set("Lang", Object::string_literal(about.locale.tag()));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", structure);
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
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

/// Replaces printpdf's information (dates, empty entries).
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
}

/// The metadata packet (XMP), which must agree with the information dictionary (ISO 19005-2, 6.6.3). It claims
/// PDF/A-2a and nothing else: PDF/UA is aimed at, and not certified.
fn packet(about: &About) -> String {
    let (title, organization) = (escaped(&about.title), escaped(&about.organization));
    let (locale, producer) = (about.locale.tag(), About::producer());
    format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>A</pdfaid:conformance>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{organization}</rdf:li></rdf:Seq></dc:creator>
   <dc:locale><rdf:Bag><rdf:li>{locale}</rdf:li></rdf:Bag></dc:locale>
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{FEFF}',
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Without what XML cannot hold, so that the packet and the information dictionary agree to the letter.
fn metadata_text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        .collect()
}

/// Says what the greys on the pages mean: sRGB.
fn output_intent(document: &mut Document) -> Result<ObjectId, RenderError> {
    let profile = document.add_object(Stream::new(dictionary! { "N" => 3 }, srgb()?));
    Ok(document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    }))
}

/// The profile of sRGB. moxcms writes the present time into its header, and a version newer than PDF 1.7 knows
/// (ISO 32000-1, 8.6.5.5: 4.2); nothing in the profile needs either.
fn srgb() -> Result<Vec<u8>, RenderError> {
    const VERSION: std::ops::Range<usize> = 8..12;
    const CREATED: std::ops::Range<usize> = 24..36;
    let mut profile = ColorProfile::new_srgb();
    // Code points for video, which came with version 4.4.
    profile.cicp = None;
    let mut bytes = profile
        .encode()
        .map_err(|error| RenderError::Layout(format!("the colour profile: {error:?}")))?;
    bytes[VERSION].copy_from_slice(&[4, 0x20, 0, 0]);
    // October 1999, when sRGB became a standard: year, month, day, hours, minutes, seconds.
    bytes[CREATED].copy_from_slice(&[0x07, 0xCF, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0]);
    Ok(bytes)
}

/// One entry for each table; none when there is no table.
fn outline(document: &mut Document, bookmarks: &[Bookmark], pages: &[ObjectId]) -> Option<ObjectId> {
    let count = u32::try_from(bookmarks.len()).ok().filter(|count| *count > 0)?;
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
