//! The members that are read from an export; everything else is passed over.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use crate::instant::Instant;
use crate::object::objects;

objects!(
    Image<'a>,
    State<'a>,
    Recipe<'a>,
    OutputResources<'a>,
    Ami<'a>,
    Container<'a>,
    Ec2Image<'a>,
    Ec2Tag<'a>,
    BlockDevice<'a>,
    Ebs<'a>,
    Attribute<'a>,
    Permission<'a>,
    LastLaunchedTime,
    Wrapped
);

/// `ImageSummary`, or the `image` of get-image.
#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", expecting = "an object")]
pub(crate) struct Image<'a> {
    #[serde(borrow, default)]
    pub(crate) arn: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) name: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "type")]
    pub(crate) image_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) state: Option<State<'a>>,
    #[serde(borrow, default)]
    pub(crate) owner: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) date_created: Option<Moment>,
    #[serde(borrow, default)]
    pub(crate) output_resources: Option<OutputResources<'a>>,
    #[serde(borrow, default)]
    pub(crate) tags: Option<TagMap<'a>>,
    #[serde(borrow, default)]
    pub(crate) build_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) image_recipe: Option<Recipe<'a>>,
    #[serde(borrow, default)]
    pub(crate) container_recipe: Option<Recipe<'a>>,
    #[serde(borrow, default)]
    pub(crate) platform: Detail<'a>,
    #[serde(borrow, default)]
    pub(crate) os_version: Detail<'a>,
    #[serde(borrow, default)]
    pub(crate) image_source: Detail<'a>,
    #[serde(borrow, default)]
    pub(crate) source_pipeline_arn: Detail<'a>,
    #[serde(borrow, default)]
    pub(crate) lifecycle_execution_id: Detail<'a>,
    #[serde(borrow, default)]
    pub(crate) deprecation_time: Detail<'a>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct State<'a> {
    #[serde(borrow, default)]
    pub(crate) status: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) reason: Detail<'a>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct Recipe<'a> {
    #[serde(borrow, default)]
    pub(crate) name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct OutputResources<'a> {
    #[serde(borrow, default)]
    pub(crate) amis: Option<Vec<Option<Ami<'a>>>>,
    #[serde(borrow, default)]
    pub(crate) containers: Option<Vec<Option<Container<'a>>>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", expecting = "an object")]
pub(crate) struct Ami<'a> {
    #[serde(borrow, default)]
    pub(crate) image: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) region: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) account_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", expecting = "an object")]
pub(crate) struct Container<'a> {
    #[serde(borrow, default)]
    pub(crate) region: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) image_uris: Option<Vec<String>>,
}

/// One of `Images` of describe-images.
#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct Ec2Image<'a> {
    #[serde(borrow, default)]
    pub(crate) image_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) owner_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) state: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) creation_date: Option<Moment>,
    #[serde(default)]
    pub(crate) public: Option<bool>,
    #[serde(default)]
    pub(crate) last_launched_time: Option<Moment>,
    #[serde(borrow, default)]
    pub(crate) deregistration_protection: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) tags: Option<Vec<Ec2Tag<'a>>>,
    #[serde(borrow, default)]
    pub(crate) block_device_mappings: Option<Vec<BlockDevice<'a>>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object with `Key` and `Value`")]
pub(crate) struct Ec2Tag<'a> {
    #[serde(borrow)]
    pub(crate) key: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) value: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct BlockDevice<'a> {
    #[serde(borrow, default)]
    pub(crate) ebs: Option<Ebs<'a>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct Ebs<'a> {
    #[serde(borrow, default)]
    pub(crate) snapshot_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) volume_size: Option<Gibibytes>,
}

/// A size, or something else that is no reason to pass over an AMI.
pub(crate) struct Gibibytes(pub(crate) u32);

impl<'de> Deserialize<'de> for Gibibytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(value.as_u64().and_then(|size| size.try_into().ok()).unwrap_or_default()))
    }
}

/// The answer of describe-image-attribute.
#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct Attribute<'a> {
    #[serde(borrow, default)]
    pub(crate) image_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) launch_permissions: Option<Vec<Permission<'a>>>,
    #[serde(default)]
    pub(crate) last_launched_time: Option<LastLaunchedTime>,
    #[serde(default)]
    pub(crate) deregistration_protection: Option<Protection>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct Permission<'a> {
    #[serde(borrow, default)]
    pub(crate) user_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) group: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct LastLaunchedTime {
    #[serde(default)]
    pub(crate) value: Option<Moment>,
}

/// `"disabled"` or `{"Value": "disabled"}`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`DeregistrationProtection` is neither text nor an object with `Value`")]
pub(crate) enum Protection {
    Plain(String),
    Wrapped(Wrapped),
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "PascalCase", expecting = "an object")]
pub(crate) struct Wrapped {
    #[serde(default)]
    pub(crate) value: Option<String>,
}

/// A timestamp in any spelling, or the text that is none.
pub(crate) struct Moment(pub(crate) Result<Instant, String>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Timestamp;

        impl Visitor<'_> for Timestamp {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a timestamp")
            }

            fn visit_str<E>(self, text: &str) -> Result<Moment, E> {
                Ok(Moment(Instant::parse(text).map_err(|error| error.0)))
            }

            fn visit_f64<E>(self, seconds: f64) -> Result<Moment, E> {
                Ok(Moment(Instant::from_epoch_seconds(seconds).ok_or_else(|| seconds.to_string())))
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Moment, E> {
                self.visit_f64(seconds as f64)
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Moment, E> {
                self.visit_f64(seconds as f64)
            }
        }

        deserializer.deserialize_any(Timestamp)
    }
}

/// A text or a number that nothing depends on; empty when it is neither.
#[derive(Default)]
pub(crate) struct Detail<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Detail<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Detail<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Detail(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Detail(text.to_owned().into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Detail(number.to_string().into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Detail(number.to_string().into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Detail(number.to_string().into()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Detail::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Detail::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Detail::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Detail::default())
            }
        }

        deserializer.deserialize_any(Anything)
    }
}

/// Tags of an Image Builder resource: an object.
pub(crate) struct TagMap<'a>(pub(crate) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for TagMap<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tags;

        /// A string that is borrowed where it can be: serde borrows `Cow` only in struct fields.
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

        impl<'de> Visitor<'de> for Tags {
            type Value = TagMap<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut tags = Vec::new();
                while let Some((key, value)) = map.next_entry::<Borrowed<'de>, Option<Borrowed<'de>>>()? {
                    if let Some(value) = value {
                        tags.push((key.0, value.0));
                    }
                }
                Ok(TagMap(tags))
            }
        }

        deserializer.deserialize_map(Tags)
    }
}
