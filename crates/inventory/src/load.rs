//! Exports in, one inventory out.
//!
//! A document is taken apart into its elements first and each element is read for itself, so that a broken
//! one is reported at its place and the rest goes on. What an element says is merged, member by member, into
//! rows of handles and numbers; [`Loader::finish`] sorts those into columns.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::columns::Inventory;
use crate::columns::Skipped;
use crate::element;
use crate::rows::Rows;

/// An export that could not be read at all; nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct LoadError {
    /// The export's name as the caller gave it.
    pub source_name: String,
    /// What is wrong and where: line and column, or a JSON pointer.
    pub message: String,
    /// What to do next.
    pub help: String,
}

/// Collects exports; [`Loader::finish`] sorts them into an [`Inventory`].
///
/// # Example: one image
///
/// ```
/// let export = r#"{"imageSummaryList": [{
///   "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1",
///   "state": {"status": "AVAILABLE"}, "dateCreated": "2026-09-09T19:12:18.677Z"
/// }, {"arn": "nonsense"}]}"#;
/// let mut loader = afterimage_inventory::Loader::new();
/// loader.add("images.json", export.as_bytes())?;
/// let inventory = loader.finish();
/// assert_eq!(inventory.len(), 1);
/// assert_eq!(inventory.skipped[0].path, "/imageSummaryList/1");
/// # Ok::<(), afterimage_inventory::LoadError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Loader {
    rows: Rows,
}

const WANTED: &str = "load the JSON of `aws imagebuilder list-image-build-versions`, \
    `list-image-pipeline-images` or `get-image`, `aws ec2 describe-images` or `describe-image-attribute`";

impl Loader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one export: a JSON document, several, or a list of them, plain or gzip. When it fails, the
    /// loader holds what it held before.
    ///
    /// # Errors
    ///
    /// What makes the export unusable as a whole; a broken element is only skipped.
    pub fn add(&mut self, source_name: &str, export: impl Read) -> Result<(), LoadError> {
        let before = self.rows.clone();
        let result = self.read(source_name, export);
        if result.is_err() {
            self.rows = before;
        }
        result.map_err(|(message, help)| LoadError { source_name: source_name.to_owned(), message, help })
    }

    /// The inventory of everything added so far. The loader can go on: more exports may follow.
    pub fn finish(&self) -> Inventory {
        self.rows.finish()
    }

    fn read(&mut self, source_name: &str, export: impl Read) -> Result<(), Problem> {
        let bytes = bytes(export).map_err(|error| {
            (format!("cannot be read: {error}"), "check that the file is whole and readable".to_owned())
        })?;
        let text = text(bytes)?;
        match documents(&text) {
            Ok(documents) => self.documents(source_name, &documents)?,
            Err(error) => {
                // AWS's own examples have a comma before a closing brace; people copy them.
                let mended = without_trailing_commas(&text);
                let documents = documents(&mended).map_err(|_| syntax(&error))?;
                self.documents(source_name, &documents)?;
            }
        }
        if self.rows.is_full() {
            return Err((
                "holds more than 4 GiB of distinct text".to_owned(),
                "load fewer exports at a time".to_owned(),
            ));
        }
        Ok(())
    }

    fn documents(&mut self, source_name: &str, documents: &[&RawValue]) -> Result<(), Problem> {
        if documents.is_empty() {
            return Err(("holds no JSON document".to_owned(), WANTED.to_owned()));
        }
        documents.iter().enumerate().try_for_each(|(number, document)| {
            let place = Place { source: source_name, number, path: String::new() };
            self.document(document.get(), &place, 0)
        })
    }

    /// Recognises a document by its members; `depth` counts the lists around it.
    fn document(&mut self, text: &str, place: &Place<'_>, depth: usize) -> Result<(), Problem> {
        // Each level reads what is in it once more, and takes its share of the stack.
        const DEEPEST: usize = 8;
        if let Some(items) = list(text) {
            if depth == DEEPEST {
                return Err(place.problem("is a list in too many lists", WANTED));
            }
            for (index, item) in items.iter().enumerate() {
                self.document(item.get(), &place.at(&index.to_string()), depth.saturating_add(1))?;
            }
            return Ok(());
        }
        let Ok(Members(members)) = serde_json::from_str(text) else {
            return Err(place.problem("is not a JSON object", WANTED));
        };
        let has = |name: &str| members.iter().any(|(key, _)| key == name);
        let lists = [
            ("imageSummaryList", Self::image as fn(&mut Self, &str, &Place<'_>)),
            ("Images", Self::ec2_image),
        ];
        let mut known = false;
        for (name, value) in &members {
            if let Some((_, read)) = lists.iter().find(|(list, _)| list == name) {
                let place = place.at(name);
                let Some(items) = list(value.get()) else {
                    return Err(place.problem("is not a list", WANTED));
                };
                for (index, item) in items.iter().enumerate() {
                    read(self, item.get(), &place.at(&index.to_string()));
                }
                known = true;
            }
            if name == "image" && value.get().starts_with('{') {
                self.image(value.get(), &place.at(name));
                known = true;
            }
        }
        if known {
            return Ok(());
        }
        let is_object =
            |name: &str| members.iter().any(|(key, value)| key == name && value.get().starts_with('{'));
        const EC2: [&str; 8] = [
            "State",
            "CreationDate",
            "OwnerId",
            "Public",
            "Tags",
            "BlockDeviceMappings",
            "LastLaunchedTime",
            "DeregistrationProtection",
        ];
        // What an attribute document has when its attribute is plain text, or is not set.
        const ALONE: [&str; 3] = ["ImageId", "DeregistrationProtection", "ResponseMetadata"];
        let alone = members.iter().all(|(key, value)| ALONE.contains(&key.as_str()) || value.get() == "null");
        if has("ImageId")
            && (has("LaunchPermissions")
                || is_object("LastLaunchedTime")
                || is_object("DeregistrationProtection")
                || alone)
        {
            self.attribute(text, place);
        } else if has("ImageId") && EC2.into_iter().any(has) {
            self.ec2_image(text, place);
        } else if has("arn") && ["state", "outputResources", "dateCreated", "buildType"].into_iter().any(has)
        {
            self.image(text, place);
        } else if has("imageVersionList") {
            return Err(place.problem(
                "is a list-images export, which carries no image states, so nothing can be simulated with it",
                "run `aws imagebuilder list-image-build-versions --output json` and load that instead",
            ));
        } else if has("imagePipelineList") {
            return Err(place.problem(
                "is a list of pipelines, not of their images",
                "run `aws imagebuilder list-image-pipeline-images --image-pipeline-arn ARN` for each pipeline",
            ));
        } else if has("policyDetails") || has("lifecyclePolicy") {
            return Err(place.problem("is a lifecycle policy, not an inventory", WANTED));
        } else {
            let names: Vec<String> = members.iter().take(5).map(|(key, _)| format!("`{key}`")).collect();
            let found = if names.is_empty() {
                "an empty object".to_owned()
            } else {
                format!("has {}", names.join(", "))
            };
            return Err(place.problem(&format!("is no export that can be used: {found}"), WANTED));
        }
        Ok(())
    }

    fn image(&mut self, text: &str, place: &Place<'_>) {
        self.element(text, place, |rows, image: element::Image<'_>| rows.add_image(&image, place));
    }

    fn ec2_image(&mut self, text: &str, place: &Place<'_>) {
        self.element(text, place, |rows, image: element::Ec2Image<'_>| rows.add_ec2_image(&image));
    }

    fn attribute(&mut self, text: &str, place: &Place<'_>) {
        self.element(text, place, |rows, attribute: element::Attribute<'_>| rows.add_attribute(&attribute));
    }

    fn element<'a, T: Deserialize<'a>>(
        &mut self,
        text: &'a str,
        place: &Place<'_>,
        add: impl FnOnce(&mut Rows, T) -> Result<(), String>,
    ) {
        let result = serde_json::from_str(text).map_err(|error| reason(&error));
        if let Err(message) = result.and_then(|element| add(&mut self.rows, element)) {
            self.rows.skipped.push(place.skipped(&message));
        }
    }
}

/// Message and help.
type Problem = (String, String);

/// Where an element stands.
pub(crate) struct Place<'a> {
    source: &'a str,
    /// Which of several documents, from 0.
    number: usize,
    path: String,
}

impl Place<'_> {
    fn at(&self, token: &str) -> Self {
        Place { source: self.source, number: self.number, path: format!("{}/{token}", self.path) }
    }

    pub(crate) fn skipped(&self, message: &str) -> Skipped {
        self.skipped_at("", message)
    }

    /// A place below this one.
    pub(crate) fn skipped_at(&self, below: &str, message: &str) -> Skipped {
        Skipped {
            source: self.source.to_owned(),
            path: format!("{}{below}", self.path),
            message: format!("{}{message}", self.document()),
        }
    }

    fn document(&self) -> String {
        match self.number {
            0 => String::new(),
            number => format!("document {}: ", number.saturating_add(1)),
        }
    }

    fn problem(&self, message: &str, help: &str) -> Problem {
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        (format!("{}{path}{message}", self.document()), help.to_owned())
    }
}

/// One document, or several one after the other.
fn documents(text: &str) -> Result<Vec<&RawValue>, serde_json::Error> {
    serde_json::Deserializer::from_str(text).into_iter().collect()
}

fn list(text: &str) -> Option<Vec<&RawValue>> {
    text.starts_with('[').then(|| serde_json::from_str(text).ok()).flatten()
}

/// Members in order, values unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> serde::de::Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The plain bytes; gzip is told by its magic number.
fn bytes(mut export: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    export.read_to_end(&mut bytes)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        return Ok(plain);
    }
    Ok(bytes)
}

/// UTF-8, or the UTF-16 that a shell on Windows writes.
fn text(mut bytes: Vec<u8>) -> Result<String, Problem> {
    let save = "save the export as UTF-8".to_owned();
    let utf16 = |order: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().skip(1).map(|&pair| order(pair));
        let text = char::decode_utf16(units).collect::<Result<String, _>>();
        if rest.is_empty() { text.ok() } else { None }
    };
    let decoded = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some(utf16(u16::from_le_bytes)),
        Some([0xfe, 0xff]) => Some(utf16(u16::from_be_bytes)),
        _ => None,
    };
    if let Some(decoded) = decoded {
        return decoded.ok_or(("is not valid UTF-16".to_owned(), save));
    }
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = valid.iter().filter(|&&byte| byte == b'\n').count().saturating_add(1);
        (format!("line {line}: is not valid UTF-8"), save)
    })
}

/// Blanks commas that stand before a closing bracket, so that every other character keeps its place.
fn without_trailing_commas(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => {
                quoted = !quoted;
                comma = None;
            }
            _ if quoted => {}
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(byte) = comma.take().and_then(|at| bytes.get_mut(at)) {
                    *byte = b' ';
                }
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn syntax(error: &serde_json::Error) -> Problem {
    (
        format!("line {}, column {}: not valid JSON: {}", error.line(), error.column(), reason(error)),
        "export again with `--output json`; a file that was cut off while it was written looks like this"
            .to_owned(),
    )
}

/// serde's message without its place, which is that of the element, not of the file; not endless, should it
/// quote a value.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().chars().take(200).collect()
}
