//! Container images in ECR: how large they are, and what their repositories are tagged with.

use hashbrown::HashMap;
use hashbrown::HashSet;

use crate::columns::TagSetId;
use crate::instant::Instant;
use crate::reader::Element;
use crate::text::Text;
use crate::text::Texts;

/// The parts of a container image's URI, as
/// `123456789012.dkr.ecr.us-west-2.amazonaws.com/team/web:1.0.0@sha256:…`.
///
/// What an URI of another registry does not tell is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageUri<'a> {
    pub registry: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    pub repository: &'a str,
    pub tag: &'a str,
    pub digest: &'a str,
}

impl<'a> ImageUri<'a> {
    /// Reads any text: what it does not recognise stays in `repository`.
    pub fn parse(uri: &'a str) -> Self {
        let uri = uri.strip_prefix("https://").unwrap_or(uri);
        let (rest, digest) = uri.split_once('@').unwrap_or((uri, ""));
        // A colon before the last slash belongs to a port.
        let (rest, tag) = match rest.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') => (rest, tag),
            _ => (rest, ""),
        };
        let (registry, repository) = match rest.split_once('/') {
            Some((host, repository)) if host.contains(['.', ':']) => (host, repository),
            _ => ("", rest),
        };
        let mut labels = registry.split('.');
        let (account, service, kind) = (labels.next(), labels.next(), labels.next());
        let is_ecr = service == Some("dkr") && kind.is_some_and(|kind| kind.starts_with("ecr"));
        let account = account.filter(|_| is_ecr).unwrap_or_default();
        let region = labels.next().filter(|_| is_ecr).unwrap_or_default();
        Self { registry, account, region, repository, tag, digest }
    }
}

/// What ECR exports say, asked by URI.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    images: Vec<RegistryImage>,
    /// By registry, repository, and tag or digest.
    index: HashMap<[Text; 3], u32>,
    /// Tags of repositories, by account, Region and name.
    repositories: HashMap<[Text; 3], TagSetId>,
    /// Accounts and Regions whose tagged repositories were listed.
    listed: HashSet<[Text; 2]>,
}

/// One of `imageDetails` of describe-images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryImage {
    pub digest: Text,
    /// Layers that other images share are in it.
    pub size: Option<u64>,
    pub pushed: Option<Instant>,
    pub pulled: Option<Instant>,
}

impl Registry {
    /// The image that an URI names, and a number that tells it from others.
    pub fn image(&self, texts: &Texts, uri: &ImageUri<'_>) -> Option<(u32, &RegistryImage)> {
        if self.images.is_empty() {
            return None;
        }
        let (account, repository) = (texts.find(uri.account)?, texts.find(uri.repository)?);
        let by = |name: &str| {
            let name = texts.find(name).filter(|_| !name.is_empty())?;
            self.index.get(&[account, repository, name]).copied()
        };
        let at = by(uri.digest).or_else(|| by(uri.tag))?;
        self.images.get(at as usize).map(|image| (at, image))
    }

    /// The tags of the repository that an URI names; `None` when no export tells.
    pub fn repository_tags(&self, texts: &Texts, uri: &ImageUri<'_>) -> Option<TagSetId> {
        if self.listed.is_empty() {
            return None;
        }
        let (account, region) = (texts.find(uri.account)?, texts.find(uri.region)?);
        let name = texts.find(uri.repository);
        let tags = name.and_then(|name| self.repositories.get(&[account, region, name]).copied());
        // get-resources leaves out what never had a tag.
        tags.or_else(|| self.listed.contains(&[account, region]).then_some(TagSetId::default()))
    }

    pub fn is_empty(&self) -> bool {
        self.images.is_empty() && self.listed.is_empty()
    }

    pub(crate) fn add_image(&mut self, image: &Element<'_>) -> Result<(), String> {
        use crate::element::container_image::*;
        let text = |member| image.text(member).unwrap_or_default();
        let (account, repository, digest) = (text(ACCOUNT), text(REPOSITORY), text(DIGEST));
        if repository == Text::EMPTY {
            return Err("the container image has no `repositoryName`".to_owned());
        }
        let mut names = Vec::new();
        let mut tags = image.list(TAGS);
        while let Some(tag) = tags.as_mut().and_then(|tags| image.next(tags)) {
            names.extend(image.text_in(tag, TAG));
        }
        if digest == Text::EMPTY && names.is_empty() {
            return Err("the container image has neither `imageDigest` nor `imageTags`".to_owned());
        }
        let moment = |member| image.moment(member).and_then(Result::ok);
        let row =
            RegistryImage { digest, size: image.whole(SIZE), pushed: moment(PUSHED), pulled: moment(PULLED) };
        let known = (digest != Text::EMPTY).then(|| self.index.get(&[account, repository, digest])).flatten();
        let at = known.copied().unwrap_or(self.images.len() as u32);
        match self.images.get_mut(at as usize) {
            Some(known) => *known = row,
            None => self.images.push(row),
        }
        names.push(digest);
        for name in names.into_iter().filter(|&name| name != Text::EMPTY) {
            self.index.insert([account, repository, name], at);
        }
        Ok(())
    }

    /// Takes the tags of a repository; other resources of the export are passed over.
    pub(crate) fn add_repository(&mut self, texts: &mut Texts, arn: &str, tags: TagSetId) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if let [_, _, "ecr", region, account, resource] = parts.as_slice()
            && let Some(name) = resource.strip_prefix("repository/")
        {
            let (account, region) = (texts.intern(account), texts.intern(region));
            self.repositories.insert([account, region, texts.intern(name)], tags);
            self.listed.insert([account, region]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uri_is_taken_apart_as_far_as_it_goes() {
        fn parts(uri: &str) -> [&str; 5] {
            let ImageUri { registry: _, account, region, repository, tag, digest } = ImageUri::parse(uri);
            [account, region, repository, tag, digest]
        }
        let ecr = "123456789012.dkr.ecr.us-west-2.amazonaws.com";
        for (uri, expected) in [
            (format!("{ecr}/web:1.0.0-1"), ["123456789012", "us-west-2", "web", "1.0.0-1", ""]),
            (format!("{ecr}/team/web@sha256:ab"), ["123456789012", "us-west-2", "team/web", "", "sha256:ab"]),
            (format!("{ecr}/web:1@sha256:ab"), ["123456789012", "us-west-2", "web", "1", "sha256:ab"]),
            (format!("{ecr}.cn/web"), ["123456789012", "us-west-2", "web", "", ""]),
            (
                "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/web:1".to_owned(),
                ["123456789012", "us-east-1", "web", "1", ""],
            ),
            ("localhost:5000/web:1".to_owned(), ["", "", "web", "1", ""]),
            ("team/web:1".to_owned(), ["", "", "team/web", "1", ""]),
            ("".to_owned(), ["", "", "", "", ""]),
        ] {
            assert_eq!(parts(&uri), expected, "{uri}");
        }
    }
}
