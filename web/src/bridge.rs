//! The page's end of the worker: one question at a time, and always the newest.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Array;
use js_sys::Object;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::File;
use web_sys::MessageEvent;
use web_sys::Worker;
use yew::Callback;

use crate::protocol::Query;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Response;
use crate::wire;

pub(crate) struct Bridge {
    worker: Worker,
    link: Rc<Link>,
    /// Called by the worker for as long as it lives.
    _listen: Closure<dyn Fn(MessageEvent)>,
    _fail: Closure<dyn Fn(JsValue)>,
}

/// What the page has asked and not heard yet.
#[derive(Default)]
struct Link {
    /// An answer is on its way.
    busy: Cell<bool>,
    /// The newest question, to be asked once the answer is there.
    next: RefCell<Option<Query>>,
    last: RefCell<Option<Query>>,
    generation: Cell<u32>,
    /// What was loaded, until the answer that is about it is there: they are shown together.
    loaded: RefCell<Vec<Response>>,
    /// Who waits for replies, in the order of the requests.
    waiting: RefCell<VecDeque<Callback<Reply>>>,
}

impl Bridge {
    /// Takes over the worker that `boot.mjs` has started. It says nothing before it is asked.
    pub(crate) fn start(
        hear: impl Fn(Response) + 'static,
        fail: impl Fn(String) + 'static,
    ) -> Result<Self, JsValue> {
        let worker: Worker = Reflect::get(&js_sys::global(), &"afterimageWorker".into())?
            .dyn_into()
            .map_err(|_| "the worker cannot be started")?;
        let fault = Reflect::get(&worker, &"fault".into())?;
        if fault.is_string() {
            return Err(fault);
        }
        let link = Rc::new(Link::default());
        let fail = Rc::new(fail);
        let unread = Rc::clone(&fail);
        let (ear, mouth) = (Rc::clone(&link), worker.clone());
        let listen = move |message: &JsValue| match wire::read(message) {
            Ok(Response::Reply(reply)) => {
                let waits = ear.waiting.borrow_mut().pop_front();
                if let Some(waits) = waits {
                    waits.emit(reply);
                }
            }
            Ok(response) => ear.heard(&mouth, response).into_iter().for_each(&hear),
            Err(error) => unread(format!("its answer cannot be read: {error}")),
        };
        let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| listen(&event.data()));
        worker.set_onmessage(Some(listen.as_ref().unchecked_ref()));
        let fail = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
            fail(message.unwrap_or_else(|| "the worker cannot be started".to_owned()));
        });
        worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
        Ok(Self { worker, link, _listen: listen, _fail: fail })
    }

    /// Asks for the screen. While an answer is on its way only the newest question waits.
    pub(crate) fn ask(&self, query: Query) {
        self.link.ask(&self.worker, query);
    }

    pub(crate) fn explain(&self, image: u32) {
        self.link.send(&self.worker, &Request::Explain { image }, &[]);
    }

    /// Begins with the sample.
    pub(crate) fn sample(&self, now: i64) {
        self.link.send(&self.worker, &Request::Sample { now }, &[]);
    }

    /// Reads exports: texts with a name for each, and files.
    pub(crate) fn load(&self, replace: bool, texts: Vec<(String, String)>, files: &[File]) {
        self.link.send(&self.worker, &Request::Load { replace, texts }, files);
    }

    /// Asks for something that is replied to.
    pub(crate) fn call(&self, request: &Request, hear: Callback<Reply>) {
        self.link.waiting.borrow_mut().push_back(hear);
        self.link.send(&self.worker, request, &[]);
    }

    /// Stops every load that is under way or waits.
    pub(crate) fn cancel(&self) {
        self.link.send(&self.worker, &Request::Cancel, &[]);
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Link {
    /// What to show of what the worker said.
    fn heard(&self, worker: &Worker, response: Response) -> Vec<Response> {
        match response {
            Response::Loaded(_) => {
                self.loaded.borrow_mut().push(response);
                // The answer that is on its way was made after the load; one that was made before has another now.
                let last = self.last.borrow().clone();
                if let Some(query) = last.filter(|_| !self.busy.get()) {
                    self.ask(worker, query);
                }
                Vec::new()
            }
            Response::Answer(_) => {
                self.busy.set(false);
                if let Some(query) = self.next.take() {
                    self.ask(worker, query);
                }
                let mut all = self.loaded.take();
                all.push(response);
                all
            }
            _ => vec![response],
        }
    }

    fn ask(&self, worker: &Worker, mut query: Query) {
        self.last.replace(Some(query.clone()));
        if self.busy.get() {
            self.next.replace(Some(query));
            return;
        }
        self.generation.set(self.generation.get().wrapping_add(1));
        query.generation = self.generation.get();
        self.busy.set(true);
        self.send(worker, &Request::Ask(query), &[]);
    }

    fn send(&self, worker: &Worker, request: &Request, files: &[File]) {
        let Some(bytes) = wire::written(request) else { return };
        let message = Object::new();
        let list: Array = files.iter().collect();
        // Setting members of a fresh object has nothing to fail at.
        let _ = Reflect::set(&message, &"bytes".into(), &bytes);
        let _ = Reflect::set(&message, &"files".into(), &list);
        if let Err(error) = worker.post_message(&message) {
            web_sys::console::error_1(&error);
        }
    }
}
