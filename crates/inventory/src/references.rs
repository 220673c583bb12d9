//! Who else uses an AMI: launch templates, launch configurations, instances, and what EC2 itself lists.

use hashbrown::HashMap;
use hashbrown::HashSet;

use crate::columns::AmiId;
use crate::columns::AmiIds;
use crate::columns::range;
use crate::reader::Element;
use crate::sort;
use crate::text::Text;
use crate::text::Texts;

/// What kind of thing refers to an AMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    LaunchTemplate,
    LaunchConfiguration,
    Instance,
    Parameter,
    ImageRecipe,
    ContainerRecipe,
    /// A type that EC2 may add.
    Other,
}

/// One thing that refers to an AMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    /// ID where there is one, else name or ARN.
    pub id: Text,
    /// Name of a launch template or launch configuration; empty when it is not known.
    pub name: Text,
    pub version: Option<TemplateVersion>,
}

/// Which version of a launch template refers to an AMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateVersion {
    pub number: u64,
    /// Launches that name no version take this one.
    pub is_default: bool,
    /// The highest number that the exports hold.
    pub is_latest: bool,
}

/// References by AMI; without any the columns are empty.
#[derive(Debug, Clone, Default)]
pub struct References {
    start: Vec<u32>,
    /// INVARIANT: of one AMI, what matters most comes first: default versions, latest versions, other
    /// versions, then the rest by kind and ID.
    rows: Vec<Reference>,
    /// Launch template versions that name their AMI by a parameter, which no export resolves.
    pub unresolved: usize,
}

impl References {
    /// Whoever refers to this AMI.
    pub fn of(&self, ami: AmiId) -> &[Reference] {
        self.rows.get(range(&self.start, ami.0 as usize)).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl ReferenceKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LaunchTemplate => "LAUNCH_TEMPLATE",
            Self::LaunchConfiguration => "LAUNCH_CONFIGURATION",
            Self::Instance => "INSTANCE",
            Self::Parameter => "SSM_PARAMETER",
            Self::ImageRecipe => "IMAGE_RECIPE",
            Self::ContainerRecipe => "CONTAINER_RECIPE",
            Self::Other => "OTHER",
        }
    }
}

/// References read so far. A later export of the same thing replaces what an earlier one said.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReferenceRows {
    /// By template and version.
    versions: HashMap<(Text, u64), VersionRow>,
    /// Name and AMI, by ARN.
    configurations: HashMap<Text, (Text, Text)>,
    /// The AMI, by instance ID; empty once the instance is terminated.
    instances: HashMap<Text, Text>,
    /// AMI and ARN; these carry no sign of when they end.
    listed: HashSet<(Text, ReferenceKind, Text)>,
}

#[derive(Debug, Clone, Copy)]
struct VersionRow {
    name: Text,
    /// Empty where the version names none, as one may that is completed at launch.
    ami: Text,
    is_default: bool,
}

/// How a launch template names a parameter that holds the AMI's ID.
const PARAMETER: &str = "resolve:ssm:";

impl ReferenceRows {
    pub(crate) fn add_version(&mut self, version: &Element<'_>) -> Result<(), String> {
        use crate::element::launch_template_version::*;
        let text = |member| version.text(member).unwrap_or_default();
        let (id, name, ami) = (text(ID), text(NAME), text(IMAGE));
        let key = if id == Text::EMPTY { name } else { id };
        if key == Text::EMPTY {
            return Err(
                "the launch template has neither `LaunchTemplateId` nor `LaunchTemplateName`".to_owned()
            );
        }
        let number = version.whole(NUMBER).ok_or("the launch template has no `VersionNumber`")?;
        let is_default = version.flag(IS_DEFAULT) == Some(true);
        self.versions.insert((key, number), VersionRow { name, ami, is_default });
        Ok(())
    }

    pub(crate) fn add_configuration(&mut self, configuration: &Element<'_>) -> Result<(), String> {
        use crate::element::launch_configuration::*;
        let ami = given(configuration.text(IMAGE), "the launch configuration has no `ImageId`")?;
        let name = configuration.text(NAME).unwrap_or_default();
        let id = configuration.text(ARN).unwrap_or(name);
        let id = given(Some(id), "the launch configuration has no `LaunchConfigurationName`")?;
        self.configurations.insert(id, (name, ami));
        Ok(())
    }

    pub(crate) fn add_reservation(&mut self, reservation: &Element<'_>) -> Result<(), String> {
        use crate::element::reservation::*;
        let mut instances = reservation.list(INSTANCES);
        while let Some(instance) = instances.as_mut().and_then(|instances| reservation.next(instances)) {
            let id = given(reservation.text_in(instance, ID), "an instance has no `InstanceId`")?;
            let ami = given(reservation.text_in(instance, IMAGE), "an instance has no `ImageId`")?;
            let state = reservation.str_in(instance, STATE_NAME);
            // A stopped instance starts again without its AMI, but whoever replaces it needs it.
            let ended = matches!(state.as_deref(), Some("terminated" | "shutting-down"));
            self.instances.insert(id, if ended { Text::EMPTY } else { ami });
        }
        Ok(())
    }

    pub(crate) fn add_listed(&mut self, texts: &mut Texts, reference: &Element<'_>) -> Result<(), String> {
        use crate::element::image_reference::*;
        let ami = given(reference.text(IMAGE), "the reference has no `ImageId`")?;
        let arn = reference.str(ARN).filter(|arn| !arn.is_empty()).ok_or("the reference has no `Arn`")?;
        let kind = match reference.str(TYPE).as_deref() {
            Some("ec2:Instance") => ReferenceKind::Instance,
            Some("ec2:LaunchTemplate") => ReferenceKind::LaunchTemplate,
            Some("ssm:Parameter") => ReferenceKind::Parameter,
            Some("imagebuilder:ImageRecipe") => ReferenceKind::ImageRecipe,
            Some("imagebuilder:ContainerRecipe") => ReferenceKind::ContainerRecipe,
            _ => ReferenceKind::Other,
        };
        // Instances and launch templates are known by their IDs in the other exports.
        let id = match kind {
            ReferenceKind::Instance | ReferenceKind::LaunchTemplate => {
                arn.rsplit('/').next().unwrap_or_default()
            }
            _ => &arn,
        };
        self.listed.insert((ami, kind, texts.intern(id)));
        Ok(())
    }

    /// The references to known AMIs, by AMI.
    pub(crate) fn finish(&self, texts: &Texts, amis: &AmiIds) -> References {
        let mut found: Vec<(AmiId, Reference)> = Vec::new();
        let mut unresolved = 0_usize;
        let mut latest: HashMap<Text, u64> = HashMap::new();
        for &(template, number) in self.versions.keys() {
            let highest = latest.entry(template).or_default();
            *highest = number.max(*highest);
        }
        for (&(id, number), row) in &self.versions {
            if texts.get(row.ami).starts_with(PARAMETER) {
                unresolved = unresolved.saturating_add(1);
            }
            let Some(ami) = amis.get(row.ami) else { continue };
            let version = Some(TemplateVersion {
                number,
                is_default: row.is_default,
                is_latest: latest.get(&id) == Some(&number),
            });
            let kind = ReferenceKind::LaunchTemplate;
            found.push((ami, Reference { kind, id, name: row.name, version }));
        }
        for (&id, &(name, ami)) in &self.configurations {
            let Some(ami) = amis.get(ami) else { continue };
            let kind = ReferenceKind::LaunchConfiguration;
            found.push((ami, Reference { kind, id, name, version: None }));
        }
        for (&id, &ami) in &self.instances {
            let Some(ami) = amis.get(ami) else { continue };
            let kind = ReferenceKind::Instance;
            found.push((ami, Reference { kind, id, name: Text::EMPTY, version: None }));
        }
        let known: HashSet<(AmiId, Text)> =
            found.iter().map(|(ami, reference)| (*ami, reference.id)).collect();
        for &(ami, kind, id) in &self.listed {
            let Some(ami) = amis.get(ami).filter(|&ami| !known.contains(&(ami, id))) else { continue };
            found.push((ami, Reference { kind, id, name: Text::EMPTY, version: None }));
        }
        let weight = |reference: &Reference| match reference.version {
            Some(version) if version.is_default => 0,
            Some(version) if version.is_latest => 1,
            Some(_) => 2,
            None => 3,
        };
        sort::sort_by(&mut found, |(a, x), (b, y)| {
            let numbers = |reference: &Reference| reference.version.map(|version| version.number);
            let key = |reference: &Reference| (weight(reference), reference.kind);
            (a, key(x))
                .cmp(&(b, key(y)))
                .then_with(|| (texts.get(x.id), numbers(x)).cmp(&(texts.get(y.id), numbers(y))))
        });
        let mut references = References { unresolved, ..References::default() };
        if found.is_empty() {
            return references;
        }
        references.start.push(0);
        let mut rows = found.into_iter().peekable();
        for ami in 0..amis.len() {
            while let Some((_, reference)) = rows.next_if(|(of, _)| of.0 == ami) {
                references.rows.push(reference);
            }
            references.start.push(references.rows.len() as u32);
        }
        references
    }
}

fn given(text: Option<Text>, or: &str) -> Result<Text, String> {
    text.filter(|&text| text != Text::EMPTY).ok_or_else(|| or.to_owned())
}
