//! A document with its text, which many ask for and which is printed once.

use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

use afterimage_policy::json::Json;

#[derive(Debug, Clone, Default)]
pub(crate) struct Document(Rc<Printed>);

#[derive(Debug, Default)]
struct Printed {
    json: Json,
    text: OnceCell<String>,
}

impl Document {
    pub(crate) fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.0.json.pretty())
    }
}

impl From<Json> for Document {
    fn from(json: Json) -> Self {
        Self(Rc::new(Printed { json, text: OnceCell::new() }))
    }
}

impl Deref for Document {
    type Target = Json;

    fn deref(&self) -> &Json {
        &self.0.json
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0.json == other.0.json
    }
}
