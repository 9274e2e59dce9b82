//! PDF/A-2a: structure, metadata, fonts, and bytes that follow from the content.

use lopdf::{Dictionary, Object};

use super::*;

#[test]
fn same_content_gives_same_bytes() {
    assert_eq!(with_rows(70), with_rows(70));
}

#[test]
fn other_content_gives_another_identity() {
    let id = |bytes: &[u8]| Read::new(bytes).document.trailer.get(b"ID").unwrap().clone();
    assert_ne!(id(&with_rows(3)), id(&with_rows(4)));
}

#[test]
fn the_catalog_says_language_title_and_structure() {
    let read = Read::new(&with_rows(3));
    let catalog = read.catalog();
    assert_eq!(read.document.version, "1.7");
    assert_eq!(read.get(catalog, "Lang").as_str().unwrap(), b"nb-NO");
    let marked = read.get(catalog, "MarkInfo").as_dict().unwrap();
    assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
    let preferences = read.get(catalog, "ViewerPreferences").as_dict().unwrap();
    assert!(preferences.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert_eq!(name(read.get(catalog, "PageMode")), "UseOutlines");
}

#[test]
fn english_documents_say_so() {
    let cover = Cover {
        locale: Locale::En,
        ..cover()
    };
    let read = Read::new(&render(&cover, |writer| writer.begin_table(&two_columns())).unwrap());
    assert_eq!(read.get(read.catalog(), "Lang").as_str().unwrap(), b"en-GB");
    assert!(read.texts("Artifact").contains(&"Page 1 of 1".to_owned()));
}

#[test]
fn the_metadata_claims_part_2_conformance_a_and_agrees_with_the_information() {
    let read = Read::new(&with_rows(3));
    let packet = read.get(read.catalog(), "Metadata").as_stream().unwrap();
    let packet = String::from_utf8(packet.content.clone()).unwrap();
    for part in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<rdf:li xml:lang=\"x-default\">Rapport 2024</rdf:li>",
        "<rdf:li>Foreningen for blåbær &amp; ærfugl</rdf:li>",
    ] {
        assert!(packet.contains(part), "{part} is missing in {packet}");
    }
    let info = read.get(&read.document.trailer, "Info").as_dict().unwrap();
    let keys: Vec<_> = info.iter().map(|(key, _)| key.as_slice()).collect();
    assert_eq!(keys, [&b"Title"[..], b"Author", b"Producer"], "no dates");
    let title = super::super::archive::text_string("Rapport 2024");
    assert_eq!(info.get(b"Title").unwrap().as_str().unwrap(), title.as_str().unwrap());
}

#[test]
fn metadata_survives_any_title() {
    let title = "<Rapport>\u{0} & \u{FFFF}mer".to_owned();
    let cover = Cover { title, ..cover() };
    let read = Read::new(&render(&cover, |writer| writer.begin_table(&two_columns())).unwrap());
    let packet = read.get(read.catalog(), "Metadata").as_stream().unwrap();
    let packet = String::from_utf8(packet.content.clone()).unwrap();
    assert!(packet.contains(">&lt;Rapport&gt; &amp; mer</rdf:li>"), "{packet}");
    let info = read.get(&read.document.trailer, "Info").as_dict().unwrap();
    let title = super::super::archive::text_string("<Rapport> & mer");
    assert_eq!(info.get(b"Title").unwrap().as_str().unwrap(), title.as_str().unwrap());
}

#[test]
fn the_output_intent_is_srgb_for_displays() {
    let read = Read::new(&with_rows(3));
    let intents = read.get(read.catalog(), "OutputIntents").as_array().unwrap();
    let intent = read.document.dereference(&intents[0]).unwrap().1.as_dict().unwrap();
    assert_eq!(name(intent.get(b"S").unwrap()), "GTS_PDFA1");
    let profile = read.get(intent, "DestOutputProfile").as_stream().unwrap();
    let bytes = profile.decompressed_content().unwrap();
    assert_eq!(
        (&bytes[12..16], &bytes[16..20], &bytes[36..40]),
        (&b"mntr"[..], &b"RGB "[..], &b"acsp"[..])
    );
    assert_eq!(bytes[8..10], [4, 0x20], "PDF 1.7 knows ICC profiles up to 4.2");
    assert_eq!(bytes[24..26], 1999_u16.to_be_bytes(), "not today");
    assert_eq!(bytes[..4], u32::try_from(bytes.len()).unwrap().to_be_bytes());
}

/// Who a parent tree names must in turn name the page's sequence as its kid.
#[test]
fn every_marked_sequence_has_one_owner_and_every_owner_knows_it() {
    let read = Read::new(&with_rows(120));
    assert!(read.pages.len() > 1);
    let root = read.get(read.catalog(), "StructTreeRoot").as_dict().unwrap();
    let parents = read.get(root, "ParentTree").as_dict().unwrap();
    let numbers = parents.get(b"Nums").unwrap().as_array().unwrap();
    for page in 0..read.pages.len() {
        let key = read.page(page).get(b"StructParents").unwrap().as_i64().unwrap();
        let row = numbers.chunks(2).find(|pair| pair[0].as_i64().unwrap() == key).unwrap();
        let owners = row[1].as_array().unwrap();
        let numbers = marked(&read, page);
        assert_eq!(numbers, (0..owners.len() as i64).collect::<Vec<_>>());
        for number in numbers {
            let owner = owners[number as usize].as_reference().unwrap();
            let owner = read.document.get_dictionary(owner).unwrap();
            assert!(holds(&read, owner, page, number), "page {page}, sequence {number}");
        }
    }
}

fn marked(read: &Read, page: usize) -> Vec<i64> {
    let operations = read
        .operations(page)
        .into_iter()
        .filter(|operation| operation.operator == "BDC");
    operations
        .filter_map(|operation| {
            operation.operands[1]
                .as_dict()
                .unwrap()
                .get(b"MCID")
                .ok()?
                .as_i64()
                .ok()
        })
        .collect()
}

fn holds(read: &Read, owner: &Dictionary, page: usize, number: i64) -> bool {
    let kids = match owner.get(b"K").unwrap() {
        Object::Array(kids) => kids.clone(),
        kid => vec![kid.clone()],
    };
    kids.iter().any(|kid| match kid {
        Object::Integer(kid) => *kid == number && owner.get(b"Pg").unwrap().as_reference().unwrap() == read.pages[page],
        Object::Dictionary(kid) => {
            kid.get(b"MCID").unwrap().as_i64().unwrap() == number
                && kid.get(b"Pg").unwrap().as_reference().unwrap() == read.pages[page]
        }
        _ => false,
    })
}

#[test]
fn nothing_is_painted_outside_marked_content() {
    let read = Read::new(&with_rows(120));
    for page in 0..read.pages.len() {
        let mut depth = 0;
        for operation in read.operations(page) {
            match operation.operator.as_str() {
                "BDC" => depth += 1,
                "EMC" => depth -= 1,
                "Tj" | "TJ" | "f" | "S" => assert_eq!(depth, 1, "{operation:?}"),
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
}

#[test]
fn all_fonts_are_embedded_subsets() {
    let read = Read::new(&with_rows(3));
    let fonts = read.fonts();
    assert_eq!(fonts.len(), 2);
    for (_, font) in fonts {
        assert_eq!(name(font.get(b"Subtype").unwrap()), "Type0", "no base 14 font");
        let descendants = read.get(font, "DescendantFonts").as_array().unwrap();
        let descendant = read.document.dereference(&descendants[0]).unwrap().1.as_dict().unwrap();
        let descriptor = read.get(descendant, "FontDescriptor").as_dict().unwrap();
        let base = name(font.get(b"BaseFont").unwrap());
        assert_eq!(base, name(descriptor.get(b"FontName").unwrap()));
        assert_eq!(base.find('+'), Some(6), "{base}");
        assert!(read.get(descendant, "W").as_array().unwrap().len() >= 2);
        let program = read.get(descriptor, "FontFile2").as_stream().unwrap();
        let program = program.decompressed_content().unwrap();
        assert!(
            program.starts_with(&[0, 1, 0, 0]) && program.len() < 60_000,
            "{}",
            program.len()
        );
    }
}

#[test]
fn no_glyph_is_missing_and_every_code_has_a_meaning() {
    let read = Read::new(&with_rows(3));
    let maps = read.to_unicode();
    assert!(maps.values().all(|map| !map.contains_key(&vec![0, 0])));
    // `sequences` looks each code up, and fails on one that has no meaning.
    assert!((0..read.pages.len()).all(|page| !read.sequences(page).is_empty()));
}

#[test]
fn tables_are_rows_of_cells_whose_headers_head_columns() {
    let read = Read::new(&with_rows(90));
    assert_eq!(read.tagged("Document").len(), 1);
    assert_eq!((read.tagged("H1").len(), read.tagged("H2").len()), (1, 1));
    assert_eq!(read.tagged("Table").len(), 1);
    assert_eq!((read.tagged("TR").len(), read.tagged("TD").len()), (91, 180));
    let headers = read.tagged("TH");
    assert_eq!(headers.len(), 2, "repeated headers are artifacts");
    for header in headers {
        let attributes = read.get(header, "A").as_dict().unwrap();
        assert_eq!(name(attributes.get(b"Scope").unwrap()), "Column");
    }
}

#[test]
fn the_outline_leads_to_each_table() {
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.begin_table(&two_columns())
    });
    let read = Read::new(&bytes.unwrap());
    let outline = read.get(read.catalog(), "Outlines").as_dict().unwrap();
    assert_eq!(outline.get(b"Count").unwrap().as_i64().unwrap(), 2);
    let first = read.get(outline, "First").as_dict().unwrap();
    let next = read.get(first, "Next").as_dict().unwrap();
    assert_eq!(outline.get(b"Last").unwrap(), first.get(b"Next").unwrap());
    for entry in [first, next] {
        let title = super::super::archive::text_string("Aktiviteter");
        assert_eq!(entry.get(b"Title").unwrap().as_str().unwrap(), title.as_str().unwrap());
        let place = entry.get(b"Dest").unwrap().as_array().unwrap();
        assert_eq!(place[0].as_reference().unwrap(), read.pages[0]);
    }
}
