//! A file that is made piece by piece and kept by the browser, so that its size costs no memory here.

use std::io;
use std::io::Write;

use js_sys::Array;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::Blob;
use web_sys::BlobPropertyBag;
use web_sys::Url;

const PIECE: usize = 1024 * 1024;

#[derive(Default)]
pub(crate) struct Chunks {
    parts: Array,
    buffer: Vec<u8>,
}

impl Chunks {
    /// Address of the file.
    pub(crate) fn finish(mut self, kind: &str) -> Result<String, JsValue> {
        self.put();
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence_and_options(
            &self.parts,
            &options,
        )?)
    }

    fn put(&mut self) {
        // A blob of its own: what a blob holds does not count against the memory of the worker.
        let piece = Uint8Array::from(self.buffer.as_slice());
        match Blob::new_with_u8_array_sequence(&Array::of1(&piece)) {
            Ok(blob) => self.parts.push(&blob),
            Err(_) => self.parts.push(&piece),
        };
        self.buffer.clear();
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.put();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
