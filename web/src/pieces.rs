//! The bytes of a file as the browser hands them over.

use js_sys::ArrayBuffer;
use js_sys::Promise;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;
use web_sys::ReadableStreamByobReader;
use web_sys::ReadableStreamDefaultReader;
use web_sys::ReadableStreamReadResult;

/// Bytes that are asked for at a time. The browser hands over what is there, which is less; each time costs it a
/// fraction of a millisecond.
const LENGTH: u32 = 8 * 1024 * 1024;

/// The text of a small file, in whatever encoding an export may have; or what is wrong with it.
pub(crate) async fn text(file: &File) -> Result<String, String> {
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes.map_err(|_| format!("{} cannot be read", file.name()))?;
    afterimage_inventory::text(&file.name(), &Uint8Array::new(&bytes).to_vec())
        .map_err(|error| error.to_string())
}

/// A file, piece by piece. The next one is under way while one is read.
pub(crate) struct Pieces {
    reader: Reader,
    next: Promise,
}

enum Reader {
    /// Fills buffers of ours, two in turn, which saves the browser a copy and a buffer for each piece.
    Filling(ReadableStreamByobReader),
    /// For browsers without readers of that kind.
    Handing(ReadableStreamDefaultReader),
}

impl Pieces {
    pub(crate) fn new(file: &File) -> Result<Self, JsValue> {
        let stream = file.stream();
        let reader = ReadableStreamByobReader::new(&stream)
            .map(Reader::Filling)
            .or_else(|_| ReadableStreamDefaultReader::new(&stream).map(Reader::Handing))?;
        let next = reader.ask(ArrayBuffer::new(LENGTH));
        Ok(Self { reader, next })
    }

    /// The next piece, which is not empty; `None` at the end of the file. `spare` is a buffer that is not needed any
    /// more: that of the piece before.
    pub(crate) async fn next(&mut self, spare: Option<ArrayBuffer>) -> Result<Option<Uint8Array>, JsValue> {
        let read: ReadableStreamReadResult = JsFuture::from(self.next.clone()).await?.unchecked_into();
        if read.get_done() == Some(true) {
            return Ok(None);
        }
        self.next = self.reader.ask(spare.unwrap_or_else(|| ArrayBuffer::new(LENGTH)));
        Ok(Some(read.get_value().unchecked_into()))
    }
}

impl Reader {
    fn ask(&self, buffer: ArrayBuffer) -> Promise {
        match self {
            Self::Filling(reader) => reader.read_with_array_buffer_view(&Uint8Array::new(&buffer)),
            Self::Handing(reader) => reader.read(),
        }
    }
}
