//! The pages as a PDF: printpdf makes them, one at a time, and they are gathered here.
//!
//! printpdf keeps a page's operations at some four kilobytes for each cell, so a whole document of them would take
//! a gigabyte. A page's finished content takes a few kilobytes. The fonts come from a specimen page that shows all
//! that the document shows; its place is taken by the first page.

use lopdf::{Document, Object, ObjectId, Stream};
use printpdf::{PdfDocument, PdfPage, PdfSaveOptions};

use super::{font::Fonts, paint};
use crate::writer::RenderError;

/// A document that pages are added to.
pub(super) struct Pages {
    printer: PdfDocument,
    document: Document,
    /// What each page says of itself but for its size and content: where its parent and its resources are.
    model: lopdf::Dictionary,
    made: Vec<ObjectId>,
}

impl Pages {
    /// Begins with the fonts, which must know by now all that will be shown.
    pub(super) fn new(fonts: &Fonts) -> Result<Self, RenderError> {
        let mut printer = PdfDocument::new("");
        printer.resources.fonts = fonts.embed()?;
        let mut document = print(&mut printer, paint::specimen(fonts.shown()))?;
        let specimen = only_page(&document)?;
        let model = document.get_dictionary(specimen).map_err(broken)?.clone();
        document.objects.remove(&specimen);
        let content = model.get(b"Contents").and_then(Object::as_reference).map_err(broken)?;
        document.objects.remove(&content);
        Ok(Self {
            printer,
            document,
            model,
            made: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, page: PdfPage) -> Result<(), RenderError> {
        let single = print(&mut self.printer, page)?;
        let page = single.get_dictionary(only_page(&single)?).map_err(broken)?;
        let content = page
            .get(b"Contents")
            .and_then(Object::as_reference)
            .and_then(|id| single.get_object(id))
            .and_then(Object::as_stream)
            .map_err(broken)?;
        let mut content = Stream::new(lopdf::Dictionary::new(), content.content.clone());
        content.compress().map_err(broken)?;
        let mut entry = self.model.clone();
        for of_its_own in [&b"MediaBox"[..], b"TrimBox", b"CropBox"] {
            entry.set(of_its_own, page.get(of_its_own).map_err(broken)?.clone());
        }
        entry.set("Contents", self.document.add_object(content));
        self.made.push(self.document.add_object(entry));
        Ok(())
    }

    /// The document with its pages, and their objects in order.
    pub(super) fn finish(mut self) -> Result<(Document, Vec<ObjectId>), RenderError> {
        let parent = self
            .model
            .get(b"Parent")
            .and_then(Object::as_reference)
            .map_err(broken)?;
        let parent = self.document.get_dictionary_mut(parent).map_err(broken)?;
        let kids: Vec<Object> = self.made.iter().map(|page| (*page).into()).collect();
        parent.set("Count", i64::try_from(kids.len()).unwrap_or(i64::MAX));
        parent.set("Kids", kids);
        Ok((self.document, self.made))
    }
}

fn print(printer: &mut PdfDocument, page: PdfPage) -> Result<Document, RenderError> {
    printer.pages = vec![page];
    let mut warnings = Vec::new();
    let document = printpdf::serialize::to_lopdf_doc(printer, &PdfSaveOptions::default(), &mut warnings);
    printer.pages.clear();
    match warnings.first() {
        None => Ok(document),
        Some(warning) => Err(RenderError::Layout(format!("{warning:?}"))),
    }
}

fn only_page(document: &Document) -> Result<ObjectId, RenderError> {
    document
        .page_iter()
        .next()
        .ok_or_else(|| RenderError::Layout("a page was lost".to_owned()))
}

/// printpdf and lopdf disagree on what a document is.
pub(super) fn broken(error: lopdf::Error) -> RenderError {
    RenderError::Layout(format!("the pages made do not form a document: {error}"))
}
