//! The members that are read from an export; everything else is passed over.

use crate::reader::members;

members! {
    /// `ImageSummary`, or the `image` of get-image.
    image:
    ROOT = ROOT "" Object("an object");
    ARN = ROOT "arn" Text;
    NAME = ROOT "name" Text;
    TYPE = ROOT "type" Word;
    STATE = ROOT "state" Object("an object");
    STATUS = STATE "status" Word;
    REASON = STATE "reason" Detail;
    OWNER = ROOT "owner" Text;
    CREATED = ROOT "dateCreated" Moment;
    OUTPUTS = ROOT "outputResources" Object("an object");
    AMIS = OUTPUTS "amis" Gaps;
    AMI = AMIS "" Object("an object");
    AMI_ID = AMI "image" Text;
    AMI_REGION = AMI "region" Text;
    AMI_ACCOUNT = AMI "accountId" Text;
    CONTAINERS = OUTPUTS "containers" Gaps;
    CONTAINER = CONTAINERS "" Object("an object");
    CONTAINER_REGION = CONTAINER "region" Text;
    URIS = CONTAINER "imageUris" List;
    URI = URIS "" Text;
    TAGS = ROOT "tags" Tags;
    TAG_KEY = TAGS "" Text;
    TAG_VALUE = TAGS "" Text;
    BUILD_TYPE = ROOT "buildType" Text;
    PLATFORM = ROOT "platform" Detail;
    OS_VERSION = ROOT "osVersion" Detail;
    SOURCE = ROOT "imageSource" Detail;
    PIPELINE = ROOT "sourcePipelineArn" Detail;
    EXECUTION = ROOT "lifecycleExecutionId" Detail;
    DEPRECATION = ROOT "deprecationTime" Any;
    IMAGE_RECIPE = ROOT "imageRecipe" Object("an object");
    IMAGE_RECIPE_NAME = IMAGE_RECIPE "name" Text;
    IMAGE_RECIPE_VERSION = IMAGE_RECIPE "version" Text;
    CONTAINER_RECIPE = ROOT "containerRecipe" Object("an object");
    CONTAINER_RECIPE_NAME = CONTAINER_RECIPE "name" Text;
    CONTAINER_RECIPE_VERSION = CONTAINER_RECIPE "version" Text;
}

/// What a tag of EC2 has to be.
pub(crate) const A_TAG: &str = "an object with `Key` and `Value`";

members! {
    /// One of `Images` of describe-images.
    ec2_image:
    ROOT = ROOT "" Object("an object");
    ID = ROOT "ImageId" Text;
    OWNER = ROOT "OwnerId" Text;
    STATE = ROOT "State" Word;
    CREATED = ROOT "CreationDate" Moment;
    PUBLIC = ROOT "Public" Flag;
    LAUNCHED = ROOT "LastLaunchedTime" Moment;
    PROTECTION = ROOT "DeregistrationProtection" Word;
    TAGS = ROOT "Tags" List;
    TAG = TAGS "" Object(crate::element::A_TAG);
    TAG_KEY = TAG "Key" Needed;
    TAG_VALUE = TAG "Value" Text;
    DEVICES = ROOT "BlockDeviceMappings" List;
    DEVICE = DEVICES "" Object("an object");
    EBS = DEVICE "Ebs" Object("an object");
    SNAPSHOT = EBS "SnapshotId" Text;
    // A size, or something else that is no reason to pass over an AMI.
    SIZE = EBS "VolumeSize" Any;
}

members! {
    /// The answer of describe-image-attribute.
    attribute:
    ROOT = ROOT "" Object("an object");
    ID = ROOT "ImageId" Text;
    PERMISSIONS = ROOT "LaunchPermissions" List;
    PERMISSION = PERMISSIONS "" Object("an object");
    USER = PERMISSION "UserId" Text;
    GROUP = PERMISSION "Group" Word;
    LAUNCHED = ROOT "LastLaunchedTime" Object("an object");
    LAUNCHED_AT = LAUNCHED "Value" Moment;
    // `"disabled"` or `{"Value": "disabled"}`.
    PROTECTION = ROOT "DeregistrationProtection" Any;
}

members! {
    /// One of `Snapshots` of describe-snapshots.
    snapshot:
    ROOT = ROOT "" Object("an object");
    ID = ROOT "SnapshotId" Text;
    VOLUME_SIZE = ROOT "VolumeSize" Whole(32);
    FULL_SIZE = ROOT "FullSnapshotSizeInBytes" Whole(64);
    TIER = ROOT "StorageTier" Word;
    TAGS = ROOT "Tags" List;
    TAG = TAGS "" Object(crate::element::A_TAG);
    TAG_KEY = TAG "Key" Needed;
    TAG_VALUE = TAG "Value" Text;
}

members! {
    /// One of `LaunchTemplateVersions` of describe-launch-template-versions.
    launch_template_version:
    ROOT = ROOT "" Object("an object");
    ID = ROOT "LaunchTemplateId" Text;
    NAME = ROOT "LaunchTemplateName" Text;
    NUMBER = ROOT "VersionNumber" Whole(64);
    IS_DEFAULT = ROOT "DefaultVersion" Flag;
    DATA = ROOT "LaunchTemplateData" Object("an object");
    IMAGE = DATA "ImageId" Text;
}

members! {
    /// One of `LaunchConfigurations` of describe-launch-configurations.
    launch_configuration:
    ROOT = ROOT "" Object("an object");
    NAME = ROOT "LaunchConfigurationName" Text;
    ARN = ROOT "LaunchConfigurationARN" Text;
    IMAGE = ROOT "ImageId" Text;
}

members! {
    /// One of `Reservations` of describe-instances.
    reservation:
    ROOT = ROOT "" Object("an object");
    INSTANCES = ROOT "Instances" List;
    INSTANCE = INSTANCES "" Object("an object");
    ID = INSTANCE "InstanceId" Text;
    IMAGE = INSTANCE "ImageId" Text;
    STATE = INSTANCE "State" Object("an object");
    STATE_NAME = STATE "Name" Word;
}

members! {
    /// One of `ImageReferences` of describe-image-references.
    image_reference:
    ROOT = ROOT "" Object("an object");
    IMAGE = ROOT "ImageId" Text;
    TYPE = ROOT "ResourceType" Word;
    ARN = ROOT "Arn" Word;
}

members! {
    /// One of `imageDetails` of ECR's describe-images.
    container_image:
    ROOT = ROOT "" Object("an object");
    ACCOUNT = ROOT "registryId" Text;
    REPOSITORY = ROOT "repositoryName" Text;
    DIGEST = ROOT "imageDigest" Text;
    TAGS = ROOT "imageTags" List;
    TAG = TAGS "" Text;
    SIZE = ROOT "imageSizeInBytes" Whole(64);
    PUSHED = ROOT "imagePushedAt" Moment;
    PULLED = ROOT "lastRecordedPullTime" Moment;
}

members! {
    /// One of `ResourceTagMappingList` of the tagging API's get-resources, the one export that names a
    /// repository beside its tags.
    tagged_resource:
    ROOT = ROOT "" Object("an object");
    ARN = ROOT "ResourceARN" Word;
    TAGS = ROOT "Tags" List;
    TAG = TAGS "" Object(crate::element::A_TAG);
    TAG_KEY = TAG "Key" Needed;
    TAG_VALUE = TAG "Value" Text;
}
