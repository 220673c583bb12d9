//! What documents there are, and how their elements are read.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::columns::Skipped;
use crate::element;
use crate::fast;
use crate::load::Problem;
use crate::references::ImageReference;
use crate::references::LaunchConfiguration;
use crate::references::LaunchTemplateVersion;
use crate::references::Reservation;
use crate::registry::ImageDetail;
use crate::registry::TaggedResource;
use crate::rows::Rows;
use crate::snapshots::Snapshot;

/// What to say when something cannot be used.
pub(crate) const WANTED: &str = "load the JSON of `aws imagebuilder list-image-build-versions`, \
    `list-image-pipeline-images` or `get-image`, `aws ec2 describe-images` or `describe-image-attribute`, or of \
    a call that completes them, such as `aws ec2 describe-launch-template-versions` or `describe-snapshots`";

/// Reads one element.
pub(crate) type Read = fn(&mut Rows, Text<'_>, &Place<'_>) -> Done;

/// An element's length, and what is wrong with it; `None` when that can only be said of the whole element.
type Done = Option<(usize, Result<(), Flaw>)>;

/// Text of an element.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    Whole(&'a str),
    /// Text that begins with the element, and may go on or end before it.
    Start(&'a str),
}

/// Why an element says nothing.
pub(crate) enum Flaw {
    /// Its text is no such element, or no JSON at all.
    Json(serde_json::Error),
    /// What it says makes no sense.
    Sense(String),
}

/// The lists whose elements are read, by the name of the member that holds them in an answer of AWS.
const LISTS: [(&str, Read); 9] = [
    ("imageSummaryList", image),
    ("Images", ec2_image),
    ("Snapshots", snapshot),
    ("LaunchTemplateVersions", launch_template_version),
    ("LaunchConfigurations", launch_configuration),
    ("Reservations", reservation),
    ("ImageReferences", image_reference),
    ("imageDetails", container_image),
    ("ResourceTagMappingList", tagged_resource),
];

/// The member that holds one element.
const SINGLES: [(&str, Read); 1] = [("image", image)];

pub(crate) fn list(name: &str) -> Option<Read> {
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, read)| *read)
}

pub(crate) fn single(name: &str) -> Option<Read> {
    SINGLES.iter().find(|(single, _)| *single == name).map(|(_, read)| *read)
}

pub(crate) fn image(rows: &mut Rows, text: Text<'_>, place: &Place<'_>) -> Done {
    read(text, |image: element::Image<'_>| rows.add_image(&image, place))
}

pub(crate) fn ec2_image(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    read(text, |image: element::Ec2Image<'_>| rows.add_ec2_image(&image))
}

pub(crate) fn attribute(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    read(text, |attribute: element::Attribute<'_>| rows.add_attribute(&attribute))
}

fn snapshot(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    read(text, |snapshot: Snapshot<'_>| rows.add_snapshot(&snapshot))
}

fn tagged_resource(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    read(text, |tagged_resource: TaggedResource<'_>| rows.add_tagged_resource(&tagged_resource))
}

fn launch_template_version(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    let (others, texts) = rows.others();
    read(text, |launch_template_version: LaunchTemplateVersion<'_>| {
        others.references.add_version(texts, &launch_template_version)
    })
}

fn launch_configuration(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    let (others, texts) = rows.others();
    read(text, |launch_configuration: LaunchConfiguration<'_>| {
        others.references.add_configuration(texts, &launch_configuration)
    })
}

fn reservation(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    let (others, texts) = rows.others();
    read(text, |reservation: Reservation<'_>| others.references.add_reservation(texts, &reservation))
}

fn image_reference(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    let (others, texts) = rows.others();
    read(text, |image_reference: ImageReference<'_>| others.references.add_listed(texts, &image_reference))
}

fn container_image(rows: &mut Rows, text: Text<'_>, _: &Place<'_>) -> Done {
    let (others, texts) = rows.others();
    read(text, |container_image: ImageDetail<'_>| others.registry.add_image(texts, &container_image))
}

fn read<'a, T: Deserialize<'a>>(text: Text<'a>, add: impl FnOnce(T) -> Result<(), String>) -> Done {
    let (Text::Whole(start) | Text::Start(start)) = text;
    match (fast::read(start), text) {
        (Some((element, length)), Text::Start(_)) => Some((length, add(element).map_err(Flaw::Sense))),
        (None, Text::Start(_)) => None,
        (Some((element, length)), Text::Whole(whole)) if length == whole.len() => {
            Some((length, add(element).map_err(Flaw::Sense)))
        }
        (_, Text::Whole(whole)) => {
            let element = serde_json::from_str(whole).map_err(Flaw::Json);
            Some((whole.len(), element.and_then(|element| add(element).map_err(Flaw::Sense))))
        }
    }
}

/// Reads an element that is there from end to end.
pub(crate) fn read_whole(read: Read, rows: &mut Rows, text: &str, place: &Place<'_>) -> Result<(), Flaw> {
    read(rows, Text::Whole(text), place).map_or(Ok(()), |(_, result)| result)
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
const IMAGE: [&str; 4] = ["state", "outputResources", "dateCreated", "buildType"];
const OTHER: [&str; 7] = [
    "ImageId",
    "LaunchPermissions",
    "arn",
    "imageVersionList",
    "imagePipelineList",
    "policyDetails",
    "lifecyclePolicy",
];
/// What an attribute document has when its attribute is plain text, or is not set.
const ALONE: [&str; 3] = ["ImageId", "DeregistrationProtection", "ResponseMetadata"];

impl Members {
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        if self.first.len() < 5 {
            self.first.push(name.to_owned());
        }
        let is_object = value.starts_with('{');
        if [EC2.as_slice(), &IMAGE, &OTHER].iter().any(|names| names.contains(&name))
            && !self.telling.iter().any(|(known, object)| known == name && *object == is_object)
        {
            self.telling.push((name.to_owned(), is_object));
        }
        self.others |= value != "null" && !ALONE.contains(&name);
    }

    /// How to read a document that is an element by itself.
    pub(crate) fn recognise(&self, place: &Place<'_>) -> Result<Read, Problem> {
        let has = |name: &str| self.telling.iter().any(|(key, _)| key == name);
        let is_object = |name: &str| self.telling.iter().any(|(key, object)| key == name && *object);
        if has("ImageId")
            && (has("LaunchPermissions")
                || is_object("LastLaunchedTime")
                || is_object("DeregistrationProtection")
                || !self.others)
        {
            Ok(attribute)
        } else if has("ImageId") && EC2.into_iter().any(has) {
            Ok(ec2_image)
        } else if has("arn") && IMAGE.into_iter().any(has) {
            Ok(image)
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
