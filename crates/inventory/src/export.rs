//! What documents there are, and how their elements are read.

use serde::de::IgnoredAny;

use crate::columns::Skipped;
use crate::element::attribute;
use crate::element::container_image;
use crate::element::ec2_image;
use crate::element::image;
use crate::element::image_reference;
use crate::element::launch_configuration;
use crate::element::launch_template_version;
use crate::element::reservation;
use crate::element::snapshot;
use crate::element::tagged_resource;
use crate::load::Problem;
use crate::reader::Element;
use crate::reader::Member;
use crate::reader::Reader;
use crate::reader::mismatch;
use crate::rows::Rows;

/// What to say when something cannot be used.
pub(crate) const WANTED: &str = "load the JSON of `aws imagebuilder list-image-build-versions`, \
    `list-image-pipeline-images` or `get-image`, `aws ec2 describe-images` or `describe-image-attribute`, or of \
    a call that completes them, such as `aws ec2 describe-launch-template-versions` or `describe-snapshots`";

/// One kind of element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    members: &'static [Member],
    /// Merges what it says; the reason when it has to be skipped.
    add: fn(&mut Rows, &Element<'_>, &Place<'_>) -> Result<(), String>,
}

/// Why an element says nothing.
pub(crate) enum Flaw {
    /// Its text is no JSON.
    Json(serde_json::Error),
    /// It is not what it should be, or what it says makes no sense.
    Sense(String),
}

/// The lists whose elements are read, by the name of the member that holds them in an answer of AWS.
const LISTS: [(&str, Kind); 9] = [
    ("imageSummaryList", IMAGE),
    ("Images", EC2_IMAGE),
    ("Snapshots", Kind { members: snapshot::MEMBERS, add: |rows, element, _| rows.add_snapshot(element) }),
    (
        "LaunchTemplateVersions",
        Kind {
            members: launch_template_version::MEMBERS,
            add: |rows, element, _| rows.others().0.references.add_version(element),
        },
    ),
    (
        "LaunchConfigurations",
        Kind {
            members: launch_configuration::MEMBERS,
            add: |rows, element, _| rows.others().0.references.add_configuration(element),
        },
    ),
    (
        "Reservations",
        Kind {
            members: reservation::MEMBERS,
            add: |rows, element, _| rows.others().0.references.add_reservation(element),
        },
    ),
    (
        "ImageReferences",
        Kind {
            members: image_reference::MEMBERS,
            add: |rows, element, _| {
                let (others, texts) = rows.others();
                others.references.add_listed(texts, element)
            },
        },
    ),
    (
        "imageDetails",
        Kind {
            members: container_image::MEMBERS,
            add: |rows, element, _| rows.others().0.registry.add_image(element),
        },
    ),
    (
        "ResourceTagMappingList",
        Kind { members: tagged_resource::MEMBERS, add: |rows, element, _| rows.add_tagged_resource(element) },
    ),
];

/// The member that holds one element.
const SINGLES: [(&str, Kind); 1] = [("image", IMAGE)];

pub(crate) const IMAGE: Kind = Kind { members: image::MEMBERS, add: Rows::add_image };
pub(crate) const EC2_IMAGE: Kind =
    Kind { members: ec2_image::MEMBERS, add: |rows, element, _| rows.add_ec2_image(element) };
pub(crate) const ATTRIBUTE: Kind =
    Kind { members: attribute::MEMBERS, add: |rows, element, _| rows.add_attribute(element) };

pub(crate) fn list(name: &str) -> Option<(&'static str, Kind)> {
    LISTS.iter().find(|(list, _)| *list == name).copied()
}

pub(crate) fn single(name: &str) -> Option<Kind> {
    SINGLES.iter().find(|(single, _)| *single == name).map(|(_, kind)| *kind)
}

/// Readers of the kinds that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Readers(Vec<Reader>);

impl Readers {
    /// Reads the element that the text begins with: its length and what is wrong with it. `None` when that can
    /// only be said of the whole element.
    pub(crate) fn read(
        &mut self,
        kind: Kind,
        rows: &mut Rows,
        text: &str,
        place: &Place<'_>,
    ) -> Option<(usize, Result<(), String>)> {
        let known = self.0.iter().position(|reader| reader.is_for(kind.members));
        let known = known.unwrap_or_else(|| {
            self.0.push(Reader::new(kind.members));
            self.0.len().saturating_sub(1)
        });
        let (length, element) = self.0.get_mut(known)?.read(text, rows.texts())?;
        Some((length, element.and_then(|element| (kind.add)(rows, &element, place))))
    }

    /// Reads an element that is there from end to end.
    pub(crate) fn read_whole(
        &mut self,
        kind: Kind,
        rows: &mut Rows,
        text: &str,
        place: &Place<'_>,
    ) -> Result<(), Flaw> {
        match self.read(kind, rows, text, place) {
            Some((length, result)) if length == text.len() => result.map_err(Flaw::Sense),
            _ => {
                syntax(text).map_err(Flaw::Json)?;
                Err(Flaw::Sense(mismatch(text, "an object")))
            }
        }
    }
}

/// What is wrong with a text, if it is no JSON.
pub(crate) fn syntax(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ())
}

/// serde's message without its place, which is that of the element, not of the file; not endless, should it
/// quote a value.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().chars().take(200).collect()
}

/// What is known of a document that holds no list: it may be an element itself.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// The first few, for the message.
    first: Vec<String>,
    /// Those that decide what the document is; `true` for one that is an object.
    telling: Vec<(String, bool)>,
    /// A member that no attribute document has beside its attribute.
    others: bool,
    /// AWS has more of the list.
    pub(crate) goes_on: bool,
}

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
const BUILD: [&str; 4] = ["state", "outputResources", "dateCreated", "buildType"];
const OTHER: [&str; 7] = [
    "ImageId",
    "LaunchPermissions",
    "arn",
    "imageVersionList",
    "imagePipelineList",
    "policyDetails",
    "lifecyclePolicy",
];
/// Where a page of a list has the token of the next one; the last page has none, or an empty one.
const TOKENS: [&str; 3] = ["nextToken", "NextToken", "PaginationToken"];
/// What an attribute document has when its attribute is plain text, or is not set.
const ALONE: [&str; 3] = ["ImageId", "DeregistrationProtection", "ResponseMetadata"];

impl Members {
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        if self.first.len() < 5 {
            self.first.push(name.to_owned());
        }
        let is_object = value.starts_with('{');
        if [EC2.as_slice(), &BUILD, &OTHER].iter().any(|names| names.contains(&name))
            && !self.telling.iter().any(|(known, object)| known == name && *object == is_object)
        {
            self.telling.push((name.to_owned(), is_object));
        }
        self.others |= value != "null" && !ALONE.contains(&name);
        self.goes_on |= TOKENS.contains(&name) && value.starts_with('"') && value != "\"\"";
    }

    /// How to read a document that is an element by itself.
    pub(crate) fn recognise(&self, place: &Place<'_>) -> Result<Kind, Problem> {
        let has = |name: &str| self.telling.iter().any(|(key, _)| key == name);
        let is_object = |name: &str| self.telling.iter().any(|(key, object)| key == name && *object);
        if has("ImageId")
            && (has("LaunchPermissions")
                || is_object("LastLaunchedTime")
                || is_object("DeregistrationProtection")
                || !self.others)
        {
            Ok(ATTRIBUTE)
        } else if has("ImageId") && EC2.into_iter().any(has) {
            Ok(EC2_IMAGE)
        } else if has("arn") && BUILD.into_iter().any(has) {
            Ok(IMAGE)
        } else if has("imageVersionList") {
            Err(place.problem(
                "is a list-images export, which carries no image states, so nothing can be simulated with it",
                "run `aws imagebuilder list-image-build-versions --output json` and load that instead",
            ))
        } else if has("imagePipelineList") {
            Err(place.problem(
                "is a list of pipelines, not of their images",
                "run `aws imagebuilder list-image-pipeline-images --image-pipeline-arn ARN` for each pipeline",
            ))
        } else if has("policyDetails") || has("lifecyclePolicy") {
            Err(place.problem("is a lifecycle policy, not an inventory", WANTED))
        } else {
            let names: Vec<String> = self.first.iter().map(|name| format!("`{name}`")).collect();
            let found = if names.is_empty() {
                "an empty object".to_owned()
            } else {
                format!("has {}", names.join(", "))
            };
            Err(place.problem(&format!("is no export that can be used: {found}"), WANTED))
        }
    }
}

/// Where an element stands.
pub(crate) struct Place<'a> {
    pub(crate) source: &'a str,
    /// Which of several documents, from 0.
    pub(crate) number: usize,
    /// Of the document or list.
    pub(crate) path: &'a str,
    /// In a list.
    pub(crate) index: Option<usize>,
}

impl Place<'_> {
    pub(crate) fn skipped(&self, message: &str) -> Skipped {
        self.skipped_at("", message)
    }

    /// A place below this one.
    pub(crate) fn skipped_at(&self, below: &str, message: &str) -> Skipped {
        Skipped {
            source: self.source.to_owned(),
            path: format!("{}{below}", self.pointer()),
            message: format!("{}{message}", self.document()),
        }
    }

    pub(crate) fn problem(&self, message: &str, help: &str) -> Problem {
        let path = self.pointer();
        let path = if path.is_empty() { path } else { format!("{path}: ") };
        (format!("{}{path}{message}", self.document()), help.to_owned())
    }

    fn pointer(&self) -> String {
        self.index.map_or_else(|| self.path.to_owned(), |index| format!("{}/{index}", self.path))
    }

    fn document(&self) -> String {
        match self.number {
            0 => String::new(),
            number => format!("document {}: ", number.saturating_add(1)),
        }
    }
}
