//! The worker: messages in, messages out, and the next nights while nobody asks.

use std::cell::RefCell;
use std::io;
use std::io::Read;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use js_sys::Reflect;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::DedicatedWorkerGlobalScope;
use web_sys::File;
use web_sys::FileReaderSync;
use web_sys::MessageEvent;

use crate::engine::Engine;
use crate::protocol::Request;
use crate::protocol::Response;

/// Bytes asked of a file at a time.
const CHUNK: f64 = 4.0 * 1024.0 * 1024.0;
/// Milliseconds of looking ahead between two looks at the messages.
const SLICE: f64 = 8.0;
/// Milliseconds between two reports of a forecast that takes long.
const REPORT: f64 = 250.0;

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    engine: RefCell<Engine>,
    /// The pending look ahead; dropping it stops it.
    idle: RefCell<Option<Timeout>>,
    reported: RefCell<f64>,
}

/// Answers messages for as long as the worker lives.
pub(crate) fn run(scope: DedicatedWorkerGlobalScope) {
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        engine: RefCell::default(),
        idle: RefCell::default(),
        reported: RefCell::default(),
    });
    let ready = Rc::clone(&worker);
    let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| worker.hear(&event.data()));
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // Lives as long as the worker itself.
    listen.forget();
    // Messages that come before the listener are lost, so the page waits for this.
    ready.say(&Response::Ready);
}

impl Worker {
    fn hear(self: &Rc<Self>, message: &JsValue) {
        let text = Reflect::get(message, &"text".into()).ok().and_then(|text| text.as_string());
        let Some(request) = text.and_then(|text| serde_json::from_str(&text).ok()) else { return };
        match request {
            Request::Load { replace, texts } => {
                let files = Reflect::get(message, &"files".into()).ok();
                let files =
                    files.filter(Array::is_array).map(|files| Array::from(&files)).unwrap_or_default();
                let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok());
                let files = files.map(|file| (file.name(), Box::new(FileRead::new(file)) as Box<dyn Read>));
                let texts = texts.into_iter().map(|(name, text)| {
                    (name, Box::new(io::Cursor::new(text.into_bytes())) as Box<dyn Read>)
                });
                let exports = texts.chain(files).collect();
                let loaded = self.engine.borrow_mut().load(replace, exports);
                self.say(&Response::Loaded(loaded));
            }
            Request::Ask(query) => {
                let start = self.now();
                let mut answer = self.engine.borrow_mut().answer(&query);
                answer.worker_ms = self.now() - start;
                self.say(&Response::Answer(answer));
            }
            Request::Explain { image } => {
                let explained = self.engine.borrow().explain(image);
                self.say(&Response::Explained { image, explained });
            }
        }
        *self.reported.borrow_mut() = self.now();
        self.look_ahead_later();
    }

    fn look_ahead_later(self: &Rc<Self>) {
        let worker = Rc::clone(self);
        *self.idle.borrow_mut() = Some(Timeout::new(0, move || worker.look_ahead()));
    }

    fn look_ahead(self: &Rc<Self>) {
        let start = self.now();
        let nights = loop {
            match self.engine.borrow_mut().look_ahead() {
                Some((nights, true)) => return self.say(&Response::Nights { nights }),
                Some((nights, false)) if self.now() - start > SLICE => break nights,
                Some(_) => {}
                None => return,
            }
        };
        if self.now() - *self.reported.borrow() > REPORT {
            *self.reported.borrow_mut() = self.now();
            self.say(&Response::Nights { nights });
        }
        self.look_ahead_later();
    }

    fn say(&self, response: &Response) {
        if let Ok(text) = serde_json::to_string(response) {
            // A worker that cannot post has nobody left to tell.
            let _ = self.scope.post_message(&text.into());
        }
    }

    fn now(&self) -> f64 {
        self.scope.performance().map_or(0.0, |clock| clock.now())
    }
}

/// A file, read piece by piece, so that no string of the whole of it is ever made.
struct FileRead {
    file: File,
    at: f64,
    chunk: io::Cursor<Vec<u8>>,
}

impl FileRead {
    fn new(file: File) -> Self {
        Self { file, at: 0.0, chunk: io::Cursor::default() }
    }

    fn next(&mut self) -> Result<Vec<u8>, JsValue> {
        let end = (self.at + CHUNK).min(self.file.size());
        let piece = self.file.slice_with_f64_and_f64(self.at, end)?;
        let buffer = FileReaderSync::new()?.read_as_array_buffer(&piece)?;
        self.at = end;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

impl Read for FileRead {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(to)?;
            if read > 0 || to.is_empty() || self.at >= self.file.size() {
                return Ok(read);
            }
            let next = self.next().map_err(|error| {
                let error = error.dyn_into::<js_sys::Error>().map(|error| error.message());
                let error = error.map_or_else(|_| "the browser refuses".to_owned(), String::from);
                io::Error::other(format!("the file cannot be read: {error}"))
            })?;
            self.chunk = io::Cursor::new(next);
        }
    }
}
