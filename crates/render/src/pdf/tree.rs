//! The structure tree: what a screen reader reads, and in which order (ISO 32000-1, 14.7).

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

/// A structure element's place in the [`StructureTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElementId(u32);

/// The element that holds all others.
pub(super) const DOCUMENT: ElementId = ElementId(0);

/// The kinds of element that these documents have, all of them standard types (ISO 32000-1, 14.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Document,
    Title,
    Heading,
    Paragraph,
    List,
    ListItem,
    Label,
    ListBody,
    Table,
    TableRow,
    HeaderCell,
    DataCell,
    Span,
}

impl Tag {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Title => "H1",
            Self::Heading => "H2",
            Self::Paragraph => "P",
            Self::List => "L",
            Self::ListItem => "LI",
            Self::Label => "Lbl",
            Self::ListBody => "LBody",
            Self::Table => "Table",
            Self::TableRow => "TR",
            Self::HeaderCell => "TH",
            Self::DataCell => "TD",
            Self::Span => "Span",
        }
    }
}

struct Element {
    tag: Tag,
    parent: ElementId,
    kids: Vec<Kid>,
    /// The text as it was, where the page shows replacements.
    actual: Option<String>,
}

#[derive(Clone, Copy)]
enum Kid {
    Element(ElementId),
    Content { page: u32, marked: u32 },
}

/// Elements in reading order.
pub(super) struct StructureTree {
    elements: Vec<Element>,
}

impl StructureTree {
    pub(super) fn new() -> Self {
        Self {
            elements: vec![Element {
                tag: Tag::Document,
                parent: DOCUMENT,
                kids: Vec::new(),
                actual: None,
            }],
        }
    }

    /// Adds an element behind its parent's others.
    pub(super) fn add(&mut self, parent: ElementId, tag: Tag) -> ElementId {
        let id = ElementId(u32::try_from(self.elements.len()).expect("the limit on cells keeps the number small"));
        self.elements.push(Element {
            tag,
            parent,
            kids: Vec::new(),
            actual: None,
        });
        self.at(parent).kids.push(Kid::Element(id));
        id
    }

    /// Adds an element whose text on the page stands for another.
    pub(super) fn add_replaced(&mut self, parent: ElementId, actual: String) -> ElementId {
        let id = self.add(parent, Tag::Span);
        self.at(id).actual = Some(actual);
        id
    }

    /// Says that a marked sequence of a page (counted from 0) is content of the element.
    pub(super) fn own(&mut self, element: ElementId, page: u32, marked: u32) {
        self.at(element).kids.push(Kid::Content { page, marked });
    }

    pub(super) fn tag(&self, element: ElementId) -> Tag {
        self.elements[element.0 as usize].tag
    }

    fn at(&mut self, element: ElementId) -> &mut Element {
        &mut self.elements[element.0 as usize]
    }

    /// Gives the tree its place in the document. `owners` says for each page which element owns each of its marked
    /// sequences; it becomes the parent tree, by which a viewer finds the element of what it shows.
    pub(super) fn into_structure(
        self,
        document: &mut Document,
        pages: Vec<ObjectId>,
        owners: &[Vec<ElementId>],
    ) -> Structure {
        let attributes = Attributes {
            header: document.add_object(dictionary! { "O" => "Table", "Scope" => "Column" }),
            list: document.add_object(dictionary! { "O" => "List", "ListNumbering" => "None" }),
        };
        let numbering = Numbering {
            root: document.max_id + 1,
            pages,
        };
        document.max_id = numbering.root + u32::try_from(self.elements.len()).expect("counted in 32 bits above");
        let parents = document.add_object(parent_tree(owners, &numbering));
        let root = dictionary! {
            "Type" => "StructTreeRoot",
            "K" => Object::Array(vec![numbering.element(DOCUMENT).into()]),
            "ParentTree" => parents,
            "ParentTreeNextKey" => i64::try_from(owners.len()).unwrap_or(i64::MAX),
        };
        document.objects.insert((numbering.root, 0), root.into());
        Structure {
            elements: self.elements,
            attributes,
            numbering,
        }
    }
}

/// A tree whose elements have their object numbers. They are made objects one by one as the file is written: as
/// objects they take some thirty times the memory.
pub(super) struct Structure {
    elements: Vec<Element>,
    attributes: Attributes,
    numbering: Numbering,
}

impl Structure {
    pub(super) fn root(&self) -> ObjectId {
        (self.numbering.root, 0)
    }

    /// The elements in the order of their numbers.
    pub(super) fn into_objects(self) -> impl Iterator<Item = (ObjectId, Object)> {
        let (numbering, attributes) = (self.numbering, self.attributes);
        (0_u32..).zip(self.elements).map(move |(index, element)| {
            let object = element.into_dictionary(&numbering, &attributes);
            (numbering.element(ElementId(index)), object.into())
        })
    }
}

/// Attributes that elements share.
struct Attributes {
    header: ObjectId,
    list: ObjectId,
}

/// Which object each element and page becomes: the root, then the elements in their order.
struct Numbering {
    root: u32,
    pages: Vec<ObjectId>,
}

impl Numbering {
    fn element(&self, element: ElementId) -> ObjectId {
        (self.root + 1 + element.0, 0)
    }

    fn page(&self, page: u32) -> ObjectId {
        self.pages[page as usize]
    }
}

fn parent_tree(owners: &[Vec<ElementId>], numbering: &Numbering) -> Dictionary {
    let mut numbers = Vec::with_capacity(owners.len() * 2);
    for (page, owners) in (0_i64..).zip(owners) {
        numbers.push(page.into());
        numbers.push(Object::Array(
            owners.iter().map(|owner| numbering.element(*owner).into()).collect(),
        ));
    }
    dictionary! { "Nums" => numbers }
}

impl Element {
    fn into_dictionary(self, numbering: &Numbering, attributes: &Attributes) -> Dictionary {
        let parent = match self.tag {
            Tag::Document => (numbering.root, 0),
            _ => numbering.element(self.parent),
        };
        let mut out = dictionary! { "S" => self.tag.name(), "P" => parent };
        match self.tag {
            Tag::HeaderCell => out.set("A", attributes.header),
            Tag::List => out.set("A", attributes.list),
            _ => {}
        }
        if let Some(actual) = &self.actual {
            out.set("ActualText", super::archive::text_string(actual));
        }
        let home = self.kids.iter().find_map(|kid| match kid {
            Kid::Content { page, .. } => Some(*page),
            Kid::Element(_) => None,
        });
        if let Some(home) = home {
            out.set("Pg", numbering.page(home));
        }
        let mut kids: Vec<Object> = self.kids.iter().map(|kid| kid.to_object(home, numbering)).collect();
        match kids.len() {
            0 => {}
            1 => out.set("K", kids.remove(0)),
            _ => out.set("K", kids),
        }
        out
    }
}

impl Kid {
    /// Content on the element's own page is its number alone; content that went over to another page names it.
    fn to_object(self, home: Option<u32>, numbering: &Numbering) -> Object {
        match self {
            Self::Element(id) => numbering.element(id).into(),
            Self::Content { page, marked } if Some(page) == home => i64::from(marked).into(),
            Self::Content { page, marked } => {
                dictionary! { "Type" => "MCR", "Pg" => numbering.page(page), "MCID" => i64::from(marked) }.into()
            }
        }
    }
}
