//! The fleet as the AWS command line prints it: JSON with four spaces, the pages of a list in one.

use std::io;
use std::io::Write;

use afterimage_inventory::Instant;

use crate::fleet::ACCOUNT;
use crate::fleet::Ami;
use crate::fleet::Fleet;
use crate::fleet::Image;

/// `aws imagebuilder list-image-build-versions`, newest first.
///
/// # Errors
///
/// Those of the writer.
pub fn write_images(fleet: &Fleet, to: &mut impl Write) -> io::Result<()> {
    to.write_all(
        b"{\n    \"requestId\": \"5dd1f1f6-0000-4000-8000-000000000000\",\n    \"imageSummaryList\": [",
    )?;
    for (place, number) in (0..fleet.images).rev().enumerate() {
        image(&fleet.image(number), place == 0, to)?;
    }
    to.write_all(b"\n    ]\n}\n")
}

/// `aws ec2 describe-images` of every Region, oldest first.
///
/// # Errors
///
/// Those of the writer.
pub fn write_amis(fleet: &Fleet, to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"{\n    \"Images\": [")?;
    let mut first = true;
    for image in (0..fleet.images).map(|number| fleet.image(number)) {
        let (name, _) = image.name();
        let (arn, described) = (image.arn(), image.amis.iter().filter(|ami| ami.described));
        for one in described {
            ami(one, &image, &name, &arn, first, to)?;
            first = false;
        }
    }
    to.write_all(b"\n    ]\n}\n")
}

fn image(image: &Image, first: bool, to: &mut impl Write) -> io::Result<()> {
    let (name, normalised) = image.name();
    let [major, minor, patch] = image.version;
    let version = format!("{major}.{minor}.{patch}/{}", image.build);
    let (kind, platform, system) = match image.container {
        true => ("DOCKER", "Linux", "Ubuntu 24"),
        false => ("AMI", "Linux", "Amazon Linux 2023"),
    };
    write!(
        to,
        r#"{comma}
        {{
            "arn": "{arn}",
            "name": "{name}",
            "type": "{kind}",
            "version": "{version}",
            "platform": "{platform}",
            "osVersion": "{system}",
            "state": {{
                "status": "{status}"{reason}
            }},
            "owner": "{ACCOUNT}",
            "dateCreated": "{created}",
            "outputResources": {{"#,
        comma = comma(first),
        arn = image.arn(),
        status = image.status,
        reason = match image.status {
            "FAILED" =>
                ",\n                \"reason\": \"SSM execution failed with status 'Failed' in state BUILDING\"",
            _ => "",
        },
        created = milliseconds(image.created),
    )?;
    if image.container {
        write!(
            to,
            r#"
                "containers": [
                    {{
                        "region": "us-west-2",
                        "imageUris": [
                            "{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/{normalised}:{major}.{minor}.{patch}-{build}"
                        ]
                    }}
                ]"#,
            build = image.build,
        )?;
    } else {
        outputs(image, &name, to)?;
    }
    let optional = [
        image.pinned.then(|| ",\n                \"LifecyclePin\": \"retain\"".to_owned()),
        image.release.map(|release| format!(",\n                \"Release\": \"{release}\"")),
    ];
    write!(
        to,
        r#"
            }},
            "tags": {{
                "Team": "{team}",
                "Environment": "{environment}"{optional}
            }},
            "buildType": "{build_type}",
            "imageSource": "CUSTOM"
        }}"#,
        team = image.team,
        environment = image.environment,
        optional = optional.into_iter().flatten().collect::<String>(),
        build_type = image.build_type,
    )
}

fn outputs(image: &Image, name: &str, to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"\n                \"amis\": [")?;
    for (place, ami) in image.amis.iter().enumerate() {
        write!(
            to,
            r#"{comma}
                    {{
                        "region": "{region}",
                        "image": "ami-0{id:016x}",
                        "name": "{name} {stamp}",
                        "accountId": "{ACCOUNT}"
                    }}"#,
            comma = comma(place == 0),
            region = ami.region,
            id = ami.id,
            stamp = stamp(image),
        )?;
    }
    to.write_all(if image.amis.is_empty() { b"]" } else { b"\n                ]" })
}

fn ami(ami: &Ami, image: &Image, name: &str, arn: &str, first: bool, to: &mut impl Write) -> io::Result<()> {
    write!(
        to,
        r#"{comma}
        {{
            "Architecture": "x86_64",
            "BlockDeviceMappings": ["#,
        comma = comma(first)
    )?;
    for (disk, (snapshot, size)) in ami.snapshots.iter().enumerate() {
        write!(
            to,
            r#"{comma}
                {{
                    "DeviceName": "/dev/xvd{letter}",
                    "Ebs": {{
                        "DeleteOnTermination": true,
                        "Encrypted": false,
                        "SnapshotId": "snap-0{snapshot:016x}",
                        "VolumeSize": {size},
                        "VolumeType": "gp3"
                    }}
                }}"#,
            comma = comma(disk == 0),
            letter = if disk == 0 { 'a' } else { 'b' },
        )?;
    }
    let stamp = stamp(image);
    let disabled = image.status == "DISABLED";
    write!(
        to,
        r#"
            ],
            "CreationDate": "{created}",
            "Hypervisor": "xen",
            "ImageId": "ami-0{id:016x}",
            "ImageLocation": "{ACCOUNT}/{name} {stamp}",
            "ImageType": "machine",
            "Name": "{name} {stamp}",
            "OwnerId": "{ACCOUNT}",
            "PlatformDetails": "Linux/UNIX",
            "Public": {public},
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "State": "{state}",
            "Tags": [
                {{
                    "Key": "CreatedBy",
                    "Value": "EC2 Image Builder"
                }},
                {{
                    "Key": "Ec2ImageBuilderArn",
                    "Value": "{arn}"
                }},
                {{
                    "Key": "Environment",
                    "Value": "{environment}"
                }}
            ],
            "VirtualizationType": "hvm",
            "DeregistrationProtection": "{protection}"{launched}
        }}"#,
        created = seconds(image.created),
        id = ami.id,
        // Who disables an AMI makes it private.
        public = ami.public && !disabled,
        state = if disabled { "disabled" } else { "available" },
        environment = if ami.production { "production" } else { "staging" },
        protection = if ami.protected { "enabled-without-cooldown" } else { "disabled" },
        launched = ami.launched.map_or_else(String::new, |at| format!(
            ",\n            \"LastLaunchedTime\": \"{}\"",
            seconds(at)
        )),
    )
}

fn comma(first: bool) -> &'static str {
    if first { "" } else { "," }
}

/// What makes an AMI's name different from the others of its recipe.
fn stamp(image: &Image) -> String {
    milliseconds(image.created).replace(':', "-")
}

/// As Image Builder writes it: `2026-09-09T19:12:18.677Z`.
fn milliseconds(at: Instant) -> String {
    format!("{}.{:03}Z", whole(at), at.0.rem_euclid(1000))
}

/// As EC2 writes it, milliseconds always zero.
fn seconds(at: Instant) -> String {
    format!("{}.000Z", whole(at))
}

fn whole(at: Instant) -> String {
    let text = Instant(at.0 - at.0.rem_euclid(1000)).to_string();
    text.trim_end_matches('Z').split('.').next().unwrap_or_default().to_owned()
}
