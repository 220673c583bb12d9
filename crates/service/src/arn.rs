//! Names of resources: reading them, and whether they have the API's patterns.

/// The parts of an Image Builder ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// Such as `image` or `lifecycle-policy`.
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    /// Major, minor, patch.
    pub(crate) version: Option<&'a str>,
    pub(crate) build: Option<&'a str>,
}

impl<'a> Arn<'a> {
    /// Splits an ARN of any Image Builder resource, without a look at what the parts say.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:aws")?.splitn(5, ':');
        let (_, service) = (parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let (kind, rest) = match resource.strip_prefix("workflow/") {
            Some(rest) => ("workflow", rest.split_once('/')?.1),
            None => resource.split_once('/')?,
        };
        let mut nodes = rest.split('/');
        let (name, version, build) = (nodes.next()?, nodes.next(), nodes.next());
        let is_whole = service == "imagebuilder" && nodes.next().is_none() && !region.is_empty();
        let named = !name.is_empty() && name.bytes().all(is_name);
        (is_whole && named).then_some(Self { region, account, kind, name, version, build })
    }

    fn is_owned(&self, others: &[&str]) -> bool {
        let own = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        own(self.account) || others.contains(&self.account) || is_aws(self.account)
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}

/// `aws`, or with a suffix such as `aws-marketplace`.
fn is_aws(account: &str) -> bool {
    account == "aws"
        || account
            .strip_prefix("aws-")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

fn is_number(node: &str) -> bool {
    !node.is_empty() && node.bytes().all(|b| b.is_ascii_digit())
}

/// Three nodes of a version; `x` only if it may be a wildcard.
fn is_version(text: &str, wildcards: bool) -> bool {
    let nodes: Vec<&str> = text.split('.').collect();
    nodes.len() == 3 && nodes.iter().all(|node| is_number(node) || wildcards && *node == "x")
}

pub(crate) fn is_policy(text: &str) -> bool {
    afterimage_policy::shape::policy_arn(text).is_some()
}

/// `image/NAME/1.0.0/1`.
pub(crate) fn is_image_build(text: &str) -> bool {
    image(text).is_some_and(|arn| {
        arn.version.is_some_and(|version| is_version(version, false)) && arn.build.is_some_and(is_number)
    })
}

/// `image/NAME/1.0.0`.
pub(crate) fn is_image_version(text: &str) -> bool {
    image(text).is_some_and(|arn| {
        arn.version.is_some_and(|version| is_version(version, false)) && arn.build.is_none()
    })
}

/// Either of both, or a version with wildcards.
pub(crate) fn is_image(text: &str) -> bool {
    is_image_build(text)
        || image(text).is_some_and(|arn| {
            arn.version.is_some_and(|version| is_version(version, true)) && arn.build.is_none()
        })
}

pub(crate) fn is_pipeline(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let account = arn.account == "aws" || !arn.account.starts_with("aws");
        arn.kind == "image-pipeline" && arn.version.is_none() && account && arn.is_owned(&[])
    })
}

/// Any resource of Image Builder.
pub(crate) fn is_any(text: &str) -> bool {
    const KINDS: [&str; 9] = [
        "image-recipe",
        "container-recipe",
        "infrastructure-configuration",
        "distribution-configuration",
        "component",
        "image",
        "image-pipeline",
        "lifecycle-policy",
        "workflow",
    ];
    Arn::parse(text).is_some_and(|arn| {
        KINDS.contains(&arn.kind)
            && arn.is_owned(&["third-party"])
            && arn.version.is_none_or(|version| is_version(version, true))
            && arn.build.is_none_or(is_number)
    })
}

fn image(text: &str) -> Option<Arn<'_>> {
    Arn::parse(text).filter(|arn| arn.kind == "image" && arn.is_owned(&[]))
}

/// `lce-` and a UUID.
pub(crate) fn is_execution(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("lce-") else { return false };
    let parts: Vec<&str> = uuid.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What the ARNs of a Region begin with.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("eu-isoe-") => "aws-iso-e",
        _ if region.starts_with("us-isof-") => "aws-iso-f",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind of ARN, and its pattern.
    type Kind = (&'static str, fn(&str) -> bool);

    fn arn(resource: &str) -> String {
        format!("arn:aws:imagebuilder:us-west-2:123456789012:{resource}")
    }

    #[test]
    fn every_region_has_its_partition() {
        for (region, expected) in [
            ("us-west-2", "aws"),
            ("eu-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
            let arn = format!("arn:{expected}:imagebuilder:{region}:123456789012:lifecycle-policy/a");
            assert!(is_policy(&arn), "{arn}");
        }
    }

    #[test]
    fn each_kind_of_arn_has_its_own_pattern() {
        let all: [Kind; 6] = [
            ("policy", is_policy),
            ("build", is_image_build),
            ("version", is_image_version),
            ("image", is_image),
            ("pipeline", is_pipeline),
            ("any", is_any),
        ];
        for (resource, kinds) in [
            ("lifecycle-policy/my-policy_1", "policy any"),
            ("lifecycle-policy/My", ""),
            ("image/web/1.0.0/1", "build image any"),
            ("image/web/1.0.0", "version image any"),
            ("image/web/x.x.x", "image any"),
            ("image/web/1.x.x", "image any"),
            ("image/web/1.x.x/1", "any"),
            ("image/web", "any"),
            ("image/web/1.0", ""),
            ("image/web/1.0.0/1/1", ""),
            ("image/web/1.0.0/x", ""),
            ("image/", ""),
            ("image-pipeline/web", "pipeline any"),
            ("image-pipeline/web/1.0.0", "any"),
            ("workflow/build/web/1.0.0/1", "any"),
            ("workflow/web", ""),
            ("nonsense/web", ""),
        ] {
            let fits: Vec<&str> =
                all.iter().filter(|(_, fits)| fits(&arn(resource))).map(|(name, _)| *name).collect();
            assert_eq!(fits.join(" "), kinds, "{resource}");
        }
        assert!(is_image_build("arn:aws-cn:imagebuilder:cn-north-1:aws-marketplace:image/web/1.0.0/1"));
        assert!(!is_image_build("arn:aws:imagebuilder:us-west-2:1234:image/web/1.0.0/1"));
        assert!(!is_image_build("arn:aws:ec2:us-west-2:123456789012:image/web/1.0.0/1"));
        assert!(!is_pipeline("arn:aws:imagebuilder:us-west-2:aws-marketplace:image-pipeline/web"));
    }

    #[test]
    fn execution_ids_are_uuids() {
        assert!(is_execution("lce-401aefc3-a829-46f6-8fc2-91497988a503"));
        for bad in [
            "401aefc3-a829-46f6-8fc2-91497988a503",
            "lce-401aefc3-a829-46f6-8fc2-91497988a50g",
            "lce-",
            "lce-401aefc3a82946f68fc291497988a503",
        ] {
            assert!(!is_execution(bad), "{bad}");
        }
    }
}
