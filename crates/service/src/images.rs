//! The three operations on images.

use afterimage_inventory::AmiId;
use afterimage_inventory::Details;
use afterimage_inventory::ImageDocument;
use afterimage_inventory::StateDocument;
use afterimage_inventory::Status;
use afterimage_inventory::Text;
use serde::Serialize;

use crate::answer::Answer;
use crate::answer::seconds;
use crate::arn::Arn;
use crate::arn::is_image_build;
use crate::arn::partition;
use crate::error::ApiError;
use crate::filters::Filters;
use crate::input::Input;
use crate::page::Page;
use crate::routes::Call;
use crate::service::Service;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    request_id: &'a str,
    image_summary_list: Vec<ImageDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Wildcards that always lead to the latest version of an image.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Latest {
    latest_version_arn: String,
    latest_major_version_arn: String,
    latest_minor_version_arn: String,
    latest_patch_version_arn: String,
}

pub(crate) fn get(service: &Service, input: &Input<'_>, call: &Call<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        request_id: &'a str,
        image: ImageDocument<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        latest_version_references: Option<Latest>,
    }
    let arn = input.text("imageBuildVersionArn").unwrap_or_default();
    let image = if is_image_build(arn) {
        service.existing_image(arn)?
    } else {
        service.latest(arn).ok_or_else(|| ApiError::not_found("available image", arn))?
    };
    let document = service.document(image);
    let latest_version_references = latest(document.arn);
    // The owner of an image is a member of lists only.
    let image = ImageDocument { owner: "", ..document };
    Ok(Answer::new(&Body { request_id: call.request_id, image, latest_version_references }))
}

pub(crate) fn list_build_versions(
    service: &Service,
    input: &Input<'_>,
    call: &Call<'_>,
) -> Result<Answer, ApiError> {
    let filters = Filters::read(input, &["name", "osVersion", "platform", "type", "version"])?;
    match input.text("imageVersionArn") {
        Some(arn) => {
            let start = format!("{arn}/");
            service.list_images(input, call, &filters, &start, |_| true)
        }
        None => {
            let owner = service.inventory.texts.find(&service.settings().account);
            let owners = &service.inventory.images.owner;
            let is_own = |image: usize| owners.get(image).copied() == owner && owner.is_some();
            service.list_images(input, call, &filters, "", is_own)
        }
    }
}

pub(crate) fn list_pipeline_images(
    service: &Service,
    input: &Input<'_>,
    call: &Call<'_>,
) -> Result<Answer, ApiError> {
    let filters = Filters::read(input, &["name", "version"])?;
    let arn = input.text("imagePipelineArn").unwrap_or_default();
    let inventory = &service.inventory;
    let pipeline = inventory.texts.find(arn);
    let name = Arn::parse(arn).and_then(|parts| {
        let own = parts.account == service.settings().account && parts.region == service.settings().region;
        own.then(|| inventory.texts.find(parts.name)).flatten()
    });
    let account = inventory.texts.find(&service.settings().account);
    let made = |image: usize| {
        let images = &inventory.images;
        let said = images.details.get(image).map_or(Text::EMPTY, |details| details.pipeline);
        if said != Text::EMPTY {
            return Some(said) == pipeline;
        }
        // Only get-image names the pipeline; otherwise the caller's one of the name of the recipe is taken for it.
        let group = images.group.get(image).and_then(|group| inventory.groups.get(group.0 as usize));
        name.is_some()
            && group.is_some_and(|group| Some(group.recipe) == name && Some(group.account) == account)
            && images.imported.get(image) == Some(&false)
    };
    service.list_images(input, call, &filters, "", made)
}

fn latest(arn: &str) -> Option<Latest> {
    let (build, _) = arn.rsplit_once('/')?;
    let (name, version) = build.rsplit_once('/')?;
    let mut nodes = version.split('.');
    let (major, minor, patch) = (nodes.next()?, nodes.next()?, nodes.next()?);
    Some(Latest {
        latest_version_arn: format!("{name}/x.x.x"),
        latest_major_version_arn: format!("{name}/{major}.x.x"),
        latest_minor_version_arn: format!("{name}/{major}.{minor}.x"),
        latest_patch_version_arn: format!("{name}/{major}.{minor}.{patch}"),
    })
}

impl Service {
    /// Whether an image is of the Region that is called.
    pub(crate) fn is_here(&self, image: usize) -> bool {
        let group = self.inventory.images.group.get(image);
        let group = group.and_then(|group| self.inventory.groups.get(group.0 as usize));
        group.is_some_and(|group| Some(group.region) == self.region)
    }

    /// Rows of the images that are there and whose ARNs begin so, in byte order, after a key.
    fn images_from<'a>(&'a self, start: &'a str, after: Option<&str>) -> impl Iterator<Item = usize> + 'a {
        let inventory = &*self.inventory;
        let rows = &inventory.by_arn;
        let arn = |row: &u32| inventory.arn(*row as usize);
        let first = match after {
            Some(after) => rows.partition_point(|row| arn(row) <= after),
            None => rows.partition_point(|row| arn(row) < start),
        };
        let rest = rows.get(first..).unwrap_or_default();
        let end = rest.partition_point(|row| arn(row).starts_with(start));
        let rest = rest.get(..end).unwrap_or_default().iter().map(|&row| row as usize);
        rest.filter(|&image| self.state.status(image).is_some() && self.is_here(image))
    }

    /// One page of images.
    fn list_images(
        &self,
        input: &Input<'_>,
        call: &Call<'_>,
        filters: &Filters<'_>,
        start: &str,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Answer, ApiError> {
        let page = Page::read(self.settings().seed, call.operation, input)?;
        let inventory = &*self.inventory;
        let passes = |image: usize| filters.take(|filter| self.filtered(image, filter));
        let images = self.images_from(start, page.after.as_deref()).filter(|&image| wanted(image));
        let key = |&image: &usize| inventory.arn(image).to_owned();
        let (images, next_token) = page.take_some(images, |&image| passes(image), key);
        let summaries = images.into_iter().map(|image| ImageDocument {
            image_recipe: None,
            container_recipe: None,
            source_pipeline_arn: "",
            ..self.document(image)
        });
        let image_summary_list = summaries.collect();
        Ok(Answer::new(&List { request_id: call.request_id, image_summary_list, next_token }))
    }

    /// What a filter looks at.
    fn filtered(&self, image: usize, filter: &str) -> &str {
        let (inventory, images) = (&*self.inventory, &self.inventory.images);
        let detail = |of: fn(&Details) -> Text| images.details.get(image).map_or(Text::EMPTY, of);
        match filter {
            "type" => inventory.image_type_name(image),
            "version" => inventory.image_version(image),
            "name" => inventory.text(images.name.get(image).copied().unwrap_or(Text::EMPTY)),
            "osVersion" => inventory.text(detail(|details| details.os_version)),
            _ => inventory.text(detail(|details| details.platform)),
        }
    }

    /// The newest image that is AVAILABLE, of the latest version that matches an ARN with or without wildcards.
    fn latest(&self, arn: &str) -> Option<usize> {
        let (name, wanted) = arn.rsplit_once('/')?;
        let start = format!("{name}/");
        let versions = self.images_from(&start, None).filter_map(|image| {
            let rest = self.inventory.arn(image).strip_prefix(&start)?;
            let (version, build) = rest.split_once('/')?;
            let fits = version
                .split('.')
                .zip(wanted.split('.'))
                .all(|(node, wanted)| wanted == "x" || wanted == node);
            let number = |node: &str| node.parse().unwrap_or(u64::MAX);
            let available = self.state.status(image) == Some(Status::Available);
            let order: Vec<u64> = version.split('.').chain([build]).map(number).collect();
            (fits && available).then_some((order, image))
        });
        versions.max().map(|(_, image)| image)
    }

    /// ARN of the recipe that an image was built from.
    fn recipe_arn(&self, kind: &str, image: usize) -> Option<String> {
        let group = self.inventory.images.group.get(image)?;
        let group = self.inventory.groups.get(group.0 as usize)?;
        let [account, region, recipe, version] =
            [group.account, group.region, group.recipe, group.version].map(|text| self.inventory.text(text));
        let partition = partition(region);
        Some(format!("arn:{partition}:imagebuilder:{region}:{account}:{kind}/{recipe}/{version}"))
    }

    /// An image as it is now.
    fn document(&self, image: usize) -> ImageDocument<'_> {
        let mut document = self.inventory.image_document(image);
        let status = self.state.status(image).map_or("", Status::as_str);
        if status != document.state.status {
            document.state = StateDocument { status, reason: None };
        }
        if let Some(change) = self.changes.images.get(&(image as u32)) {
            if let Some(deprecation) = change.deprecation {
                document.deprecation_time = seconds(deprecation);
            }
            let execution = change.execution.and_then(|number| self.executions.get(number));
            if let Some(execution) = execution {
                document.lifecycle_execution_id = &execution.id;
            }
        }
        let kind = if document.image_recipe.is_some() { "image-recipe" } else { "container-recipe" };
        if let Some(recipe) = document.image_recipe.as_mut().or(document.container_recipe.as_mut()) {
            recipe.arn = self.recipe_arn(kind, image);
        }
        // A deprecation that is to come is one of an image that is available then.
        if self.state.status(image) == Some(Status::Available)
            && let Some(scheduled) = self.executions.scheduled(image as u32)
        {
            let due = self.executions.get(scheduled).and_then(|execution| execution.phase.due());
            document.deprecation_time = seconds(due);
        }
        if !self.changes.amis.is_empty() {
            let rows = self.inventory.images.ami_outputs(image);
            for (row, output) in rows.zip(&mut document.output_resources.amis) {
                let ami = self.inventory.ami_outputs.ami.get(row).copied().unwrap_or(AmiId(u32::MAX));
                let change = self.changes.amis.get(&ami.0);
                output.state = change.map(|change| StateDocument { status: change.as_str(), reason: None });
            }
        }
        document
    }
}
