//! The worker: messages in, messages out, and the next nights while nobody asks.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use js_sys::Promise;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;
use web_sys::File;
use web_sys::MessageEvent;
use web_sys::Url;

use crate::chunks::Chunks;
use crate::engine::Engine;
use crate::engine::Loading;
use crate::engine::import;
use crate::engine::write;
use crate::pieces::Pieces;
use crate::protocol::Format;
use crate::protocol::Query;
use crate::protocol::Reading;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Response;
use crate::sample;
use crate::wire;

/// Bytes that are copied from the browser and read before the next ones are: few enough to stay in a processor's
/// cache.
const CHUNK: u32 = 256 * 1024;
/// Milliseconds of reading between two looks at the messages.
const TURN: f64 = 50.0;
/// Images for each of which the worker waits a part of a millisecond before it looks ahead, and the longest wait.
const IMAGES_PER_MS: usize = 1000;
const LONGEST_PAUSE: usize = 200;
/// Milliseconds between two reports of what takes long.
const REPORT: f64 = 250.0;
/// Memory that is asked for at once, as a part of the files. Asking page by page costs the browser more than
/// filling the pages.
const RESERVE: f64 = 0.25;
const MOST_RESERVED: f64 = 512.0 * 1024.0 * 1024.0;

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    engine: RefCell<Engine>,
    /// The pending look ahead; dropping it stops it.
    idle: RefCell<Option<Timeout>>,
    reported: RefCell<f64>,
    /// Loads that wait for their turn; the one under way has left the line.
    loads: RefCell<VecDeque<Load>>,
    loading: Cell<bool>,
    cancelled: Cell<bool>,
    /// The last report, which the browser keeps.
    file: RefCell<Option<String>>,
    /// Whoever measures from a script writes messages as JSON.
    #[cfg(feature = "bench")]
    speaks_text: Cell<bool>,
}

struct Load {
    replace: bool,
    texts: Vec<(String, String)>,
    files: Vec<File>,
}

/// Answers messages for as long as the worker lives.
pub(crate) fn run(scope: DedicatedWorkerGlobalScope) {
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        engine: RefCell::default(),
        idle: RefCell::default(),
        reported: RefCell::default(),
        loads: RefCell::default(),
        loading: Cell::default(),
        cancelled: Cell::default(),
        file: RefCell::default(),
        #[cfg(feature = "bench")]
        speaks_text: Cell::default(),
    });
    let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| worker.hear(&event.data()));
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // Lives as long as the worker itself.
    listen.forget();
}

impl Worker {
    fn hear(self: &Rc<Self>, message: &JsValue) {
        #[cfg(feature = "bench")]
        if let Some(text) = Reflect::get(message, &"text".into()).ok().and_then(|text| text.as_string()) {
            self.speaks_text.set(true);
            let measured = crate::measure::answer(&text, self.engine.borrow().inventory(), || self.now());
            match (measured, serde_json::from_str(&text)) {
                (Some(answer), _) => drop(self.scope.post_message(&answer.into())),
                (None, Ok(request)) => self.take(request, message),
                (None, Err(_)) => {}
            }
            return;
        }
        let bytes = Reflect::get(message, &"bytes".into());
        if let Some(request) = bytes.ok().and_then(|bytes| wire::read(&bytes).ok()) {
            self.take(request, message);
        }
    }

    fn take(self: &Rc<Self>, request: Request, message: &JsValue) {
        match request {
            Request::Load { replace, texts } => {
                let files = Reflect::get(message, &"files".into()).ok();
                let files =
                    files.filter(Array::is_array).map(|files| Array::from(&files)).unwrap_or_default();
                let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok()).collect();
                return self.begin(Load { replace, texts, files });
            }
            Request::Sample { now } => {
                return self.begin(Load { replace: true, texts: sample::exports(now), files: Vec::new() });
            }
            Request::Cancel => return self.cancelled.set(self.loading.get()),
            Request::Ask(query) => {
                let start = self.now();
                let mut answer = self.engine.borrow_mut().answer(&query);
                answer.worker_ms = self.now() - start;
                self.say(&Response::Answer(Box::new(answer)));
            }
            Request::Rows { first, rows } => {
                let window = self.engine.borrow().window(first, rows).unwrap_or_default();
                self.say(&Response::Reply(Reply::Rows(window)));
            }
            Request::Explain { image } => {
                let explained = self.engine.borrow_mut().explain(image);
                self.say(&Response::Explained { image, explained });
            }
            Request::Write { policy, target, arn } => {
                self.say(&Response::Reply(Reply::Written(write(&policy, target, &arn))));
            }
            Request::Import { text, resource } => {
                self.say(&Response::Reply(Reply::Imported(import(&text, resource.as_deref()))));
            }
            Request::Overlaps { policies, now, assume } => {
                let found = self.engine.borrow().overlaps(&policies, now, &assume);
                self.say(&Response::Reply(Reply::Overlaps(found)));
            }
            Request::Report { format, query } => {
                self.say(&Response::Reply(Reply::File(self.report(format, &query))));
            }
            Request::Sheet(query) => {
                let sheet = self.engine.borrow_mut().sheet(&query, 0, query.rows);
                self.say(&Response::Reply(Reply::Sheet(Box::new(sheet))));
            }
            Request::Taken => {
                let taken = self.engine.borrow_mut().taken();
                self.say(&Response::Reply(Reply::Taken(taken)));
            }
            Request::Serve(asked) => {
                let served = self.engine.borrow_mut().serve(&asked);
                self.say(&Response::Reply(Reply::Served(Box::new(served))));
            }
        }
        self.look_ahead_after_pause();
    }

    fn report(&self, format: Format, query: &Query) -> Option<String> {
        if let Some(old) = self.file.take() {
            // An address that is gone already is what is wanted.
            let _ = Url::revoke_object_url(&old);
        }
        let kind = match format {
            Format::Csv => "text/csv",
            Format::Json => "application/json",
            Format::Markdown => "text/markdown",
        };
        let mut chunks = Chunks::default();
        self.engine.borrow_mut().report(format, query, &mut chunks).ok()?;
        let address = chunks.finish(kind).ok();
        self.file.borrow_mut().clone_from(&address);
        address
    }

    /// Reads exports until nobody waits. Other messages are answered between two pieces of a file.
    async fn load(self: &Rc<Self>) {
        loop {
            let Some(Load { replace, texts, files }) = self.loads.borrow_mut().pop_front() else { break };
            let size: f64 = files.iter().map(|file| file.size()).sum();
            let mut start = self.now();
            drop(Vec::<u8>::with_capacity((size * RESERVE).min(MOST_RESERVED) as usize));
            let mut loading = self.engine.borrow_mut().begin(replace);
            for (name, text) in texts {
                let mut feed = loading.begin(&name);
                // The feed keeps what is wrong for its end.
                let _ = feed.push(text.as_bytes());
                loading.end(name, feed);
            }
            let mut before = 0.0;
            for file in files {
                start += self.read(&file, &mut loading, before, size).await;
                before += file.size();
            }
            let mut loaded = self.engine.borrow_mut().end(loading);
            loaded.worker_ms = self.now() - start;
            self.say(&Response::Loaded(loaded));
        }
        self.loading.set(false);
        self.cancelled.set(false);
        self.look_ahead_after_pause();
    }

    /// Reads one file; the browser fetches the next piece while this one is read. The answer is how long there
    /// was nothing to do but wait, in milliseconds.
    async fn read(&self, file: &File, loading: &mut Loading, before: f64, all: f64) -> f64 {
        let name = file.name();
        let mut waited = 0.0;
        if self.cancelled.get() {
            loading.cancel(&name, None);
            return waited;
        }
        let mut feed = loading.begin(&name);
        feed.expect(file.size() as u64);
        let mut pieces = match Pieces::new(file) {
            Ok(pieces) => pieces,
            Err(error) => {
                feed.fail(&refusal(error));
                loading.end(name, feed);
                return waited;
            }
        };
        let (mut bytes, mut spare) = (vec![0; CHUNK as usize], None);
        let mut turned = self.now();
        loop {
            let since = self.now();
            // What is there at once would be read without a look at the messages.
            if since - turned > TURN {
                self.turn().await;
                turned = self.now();
            }
            let piece = pieces.next(spare).await;
            waited += self.now() - since;
            if self.cancelled.get() {
                loading.cancel(&name, Some(feed));
                return waited;
            }
            let piece = match piece {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) => {
                    feed.fail(&refusal(error));
                    break;
                }
            };
            let mut parts = (0..piece.length()).step_by(CHUNK as usize);
            let is_read = parts.all(|from| {
                let part = piece.subarray(from, piece.length().min(from + CHUNK));
                let bytes = bytes.get_mut(..part.length() as usize).unwrap_or_default();
                part.copy_to(bytes);
                feed.push(bytes).is_ok()
            });
            if !is_read {
                break;
            }
            spare = Some(piece.buffer());
            if self.now() - *self.reported.borrow() > REPORT {
                *self.reported.borrow_mut() = self.now();
                let progress = feed.progress();
                let part = (before + progress.bytes as f64) / all;
                self.say(&Response::Reading(Reading {
                    name: name.clone(),
                    percent: (part * 100.0) as u32,
                    rows: progress.rows as u32,
                }));
            }
        }
        loading.end(name, feed);
        waited
    }

    /// Reads exports when those before them are read.
    fn begin(self: &Rc<Self>, load: Load) {
        self.loads.borrow_mut().push_back(load);
        if !self.loading.replace(true) {
            let worker = Rc::clone(self);
            spawn_local(async move { worker.load().await });
        }
    }

    /// Lets messages come in.
    async fn turn(&self) {
        let later = Promise::new(&mut |resolve, _| {
            // Without a timer there is nothing to wait for.
            let _ = self.scope.set_timeout_with_callback(&resolve);
        });
        // It only ever resolves.
        let _ = JsFuture::from(later).await;
    }

    /// Goes on with what can wait, unless somebody asks before. A large inventory keeps the worker busy for longer
    /// than the next key press takes to come, so that it is left alone for longer.
    fn look_ahead_after_pause(self: &Rc<Self>) {
        let pause = (self.engine.borrow().images() / IMAGES_PER_MS).min(LONGEST_PAUSE);
        self.look_ahead_in(pause as u32);
    }

    fn look_ahead_in(self: &Rc<Self>, pause: u32) {
        let worker = Rc::clone(self);
        *self.idle.borrow_mut() = Some(Timeout::new(pause, move || worker.look_ahead()));
    }

    fn look_ahead(self: &Rc<Self>) {
        // What is foreseen from an inventory that is about to be another is of no use.
        if self.loading.get() {
            return;
        }
        let found = self.engine.borrow_mut().idle();
        if let Some(found) = found {
            self.say(&found);
            // Whoever asks meanwhile comes first.
            self.look_ahead_in(0);
        }
    }

    fn say(&self, response: &Response) {
        #[cfg(feature = "bench")]
        if self.speaks_text.get() {
            let text = serde_json::to_string(response).unwrap_or_default();
            let _ = self.scope.post_message(&text.into());
            return;
        }
        if let Some(bytes) = wire::written(response) {
            // A worker that cannot post has nobody left to tell.
            let _ = self.scope.post_message(&bytes);
        }
    }

    fn now(&self) -> f64 {
        self.scope.performance().map_or(0.0, |clock| clock.now())
    }
}

/// Why the browser does not hand over a file.
fn refusal(error: JsValue) -> io::Error {
    let error = error.dyn_into::<js_sys::Error>().map(|error| error.message());
    io::Error::other(error.map_or_else(|_| "the browser refuses".to_owned(), String::from))
}
