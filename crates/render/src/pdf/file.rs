//! The document as a file: objects packed into compressed streams, and a table of where each of them is.
//!
//! lopdf can pack objects too, but wants all of them in memory twice. A structure element takes almost two kilobytes
//! there, and a table has one for each cell, so they are written as they are made.

use std::io::Write;

use lopdf::{
    Dictionary, Document, Object, ObjectId, ObjectStream, Stream, StringFormat,
    content::{Content, Operation},
    dictionary,
};
use sha2::{Digest, Sha256};

use super::BEYOND;
use super::pages::broken;
use crate::writer::RenderError;

/// How many objects share a stream: enough to compress well, few enough to be read on their own.
const PACKED_TOGETHER: usize = 200;

/// Writes a document and the objects that belong to it but are not in it yet.
pub(super) fn write(
    document: Document,
    further: impl Iterator<Item = (ObjectId, Object)>,
    sink: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut file = File {
        sink,
        length: 0,
        content: Sha256::new(),
        places: vec![ObjectPlace::Free; document.max_id as usize + 1],
        pack: Vec::new(),
    };
    // The second line tells programs that the file is binary (ISO 19005-2, 6.1.2).
    file.put(b"%PDF-1.7\n%\xBB\xAD\xC0\xDE\n")?;
    for (id, object) in document.objects.into_iter().chain(further) {
        match object {
            Object::Stream(stream) => file.stream(id.0, stream)?,
            object => file.pack(id, object)?,
        }
    }
    file.close_pack()?;
    file.finish(document.trailer)
}

/// Where an object is.
#[derive(Clone, Copy)]
enum ObjectPlace {
    Free,
    At(u32),
    Packed { stream: u32, index: u16 },
}

struct File<'s> {
    sink: &'s mut dyn Write,
    length: u64,
    /// Of all bytes so far: what the file's identity is made of.
    content: Sha256,
    /// By object number.
    places: Vec<ObjectPlace>,
    pack: Vec<(ObjectId, Object)>,
}

impl File<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), RenderError> {
        self.length += bytes.len() as u64;
        self.content.update(bytes);
        Ok(self.sink.write_all(bytes)?)
    }

    /// A number for an object that the document did not know.
    fn number(&mut self) -> Result<u32, RenderError> {
        self.places.push(ObjectPlace::Free);
        u32::try_from(self.places.len() - 1).map_err(|_| too_long())
    }

    fn stream(&mut self, number: u32, mut stream: Stream) -> Result<(), RenderError> {
        self.places[number as usize] = ObjectPlace::At(u32::try_from(self.length).map_err(|_| too_long())?);
        stream
            .dict
            .set("Length", i64::try_from(stream.content.len()).map_err(|_| too_long())?);
        let head = encoded(stream.dict)?;
        self.put(format!("{number} 0 obj\n").as_bytes())?;
        self.put(&head)?;
        self.put(b"\n")?;
        self.put(&stream.content)?;
        self.put(b"\nendstream\nendobj\n")
    }

    fn pack(&mut self, id: ObjectId, object: Object) -> Result<(), RenderError> {
        self.pack.push((id, object));
        if self.pack.len() == PACKED_TOGETHER {
            self.close_pack()
        } else {
            Ok(())
        }
    }

    fn close_pack(&mut self) -> Result<(), RenderError> {
        if self.pack.is_empty() {
            return Ok(());
        }
        let number = self.number()?;
        let mut pack = ObjectStream::builder()
            .max_objects(PACKED_TOGETHER)
            .compression_level(6)
            .build();
        let mut objects = std::mem::take(&mut self.pack);
        // lopdf writes them in the order of their numbers.
        objects.sort_by_key(|(id, _)| *id);
        for (index, (id, object)) in (0_u16..).zip(objects) {
            self.places[id.0 as usize] = ObjectPlace::Packed { stream: number, index };
            pack.add_object(id, object).map_err(broken)?;
        }
        self.stream(number, pack.to_stream_object().map_err(broken)?)
    }

    /// Writes the table of places, which is also the trailer.
    fn finish(mut self, trailer: Dictionary) -> Result<(), RenderError> {
        let start = self.length;
        let number = self.number()?;
        self.places[number as usize] = ObjectPlace::At(u32::try_from(start).map_err(|_| too_long())?);
        let table: Vec<u8> = self.places.iter().flat_map(|place| place.entry()).collect();
        let widths: Vec<Object> = vec![1.into(), 4.into(), 2.into()];
        let mut head = dictionary! { "Type" => "XRef", "Size" => i64::from(number) + 1, "W" => widths };
        for key in [&b"Root"[..], b"Info"] {
            head.set(key, trailer.get(key).map_err(broken)?.clone());
        }
        let digest = self.content.clone().finalize();
        let id = Object::String(digest[..16].to_vec(), StringFormat::Hexadecimal);
        head.set("ID", Object::Array(vec![id.clone(), id]));
        let mut stream = Stream::new(head, table);
        stream.compress().map_err(broken)?;
        self.stream(number, stream)?;
        self.put(format!("startxref\n{start}\n%%EOF\n").as_bytes())?;
        Ok(self.sink.flush()?)
    }
}

impl ObjectPlace {
    /// One byte of kind, four of offset or stream, two of generation or index (ISO 32000-1, 7.5.8.3).
    fn entry(self) -> [u8; 7] {
        let (kind, [a, b, c, d], [e, f]) = match self {
            Self::Free => (0, [0; 4], u16::MAX.to_be_bytes()),
            Self::At(offset) => (1, offset.to_be_bytes(), [0; 2]),
            Self::Packed { stream, index } => (2, stream.to_be_bytes(), index.to_be_bytes()),
        };
        [kind, a, b, c, d, e, f]
    }
}

/// A stream's dictionary and its keyword. lopdf has no public way to write an object by itself, but an operation of
/// a content stream is its operands and a word in just the same syntax.
fn encoded(dictionary: Dictionary) -> Result<Vec<u8>, RenderError> {
    let operation = Operation::new("stream", vec![dictionary.into()]);
    Content {
        operations: vec![operation],
    }
    .encode()
    .map_err(broken)
}

fn too_long() -> RenderError {
    RenderError::limit("A PDF holds up to 4 GiB.", BEYOND)
}
