//! The commands of the AWS CLI that make an inventory, with the user's Regions and profile filled in.

use afterimage_simulator::ALL_AMIS;

/// What a command is for, and the command.
pub(super) type Command = (&'static str, String);

/// Regions as typed and the profile; both may be empty, and the CLI then takes its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commands<'a> {
    pub regions: &'a str,
    pub profile: &'a str,
}

impl Commands<'_> {
    /// The exports that a simulation wants.
    pub(super) fn needed(self) -> [Command; 3] {
        [
            (
                "Every image with its state, tags and outputs: needed. Only the Region of the policy counts here. An AWS \
                 CLI that asks for --image-version-arn is too old for it; list-images carries no states.",
                format!(
                    "{} --output json > {}",
                    self.at_home("imagebuilder list-image-build-versions"),
                    self.file("images")
                ),
            ),
            (
                "What EC2 knows: snapshots, AMI tags, the public flag, protection. In every Region that the images go to.",
                self.everywhere(
                    |region| {
                        let call = self.aws("ec2 describe-images", region);
                        format!("{call} {ALL_AMIS} --output json")
                    },
                    "amis",
                ),
            ),
            (
                "Whom each AMI is shared with and when it was launched, for exceptions that look at that.",
                self.everywhere(
                    |region| {
                        let list = self.aws("ec2 describe-images", region);
                        let one = self.aws("ec2 describe-image-attribute", region);
                        format!(
                            "for ami in $({list} {ALL_AMIS} \\\n    --query 'Images[].ImageId' --output text); do\n  \
                             for fact in launchPermission lastLaunchedTime; do\n    {one} --image-id \"$ami\" \\\n      \
                             --attribute $fact --output json\n  done\ndone"
                        )
                    },
                    "attributes",
                ),
            ),
        ]
    }

    /// Exports that complete it.
    pub(super) fn optional(self) -> [Command; 5] {
        let list = |call: &'static str, file: &str| {
            self.everywhere(|region| format!("{} --output json", self.aws(call, region)), file)
        };
        [
            (
                "Launch templates that use an AMI.",
                list(
                    "ec2 describe-launch-template-versions --versions '$Latest' '$Default' --resolve-alias",
                    "templates",
                ),
            ),
            (
                "Launch configurations that use an AMI.",
                list("autoscaling describe-launch-configurations", "configurations"),
            ),
            ("Instances that run from an AMI.", list("ec2 describe-instances", "instances")),
            ("Sizes of snapshots.", list("ec2 describe-snapshots --owner-ids self", "snapshots")),
            (
                "Sizes of container images; once for each repository.",
                list("ecr describe-images --repository-name REPOSITORY", "ecr"),
            ),
        ]
    }

    /// A call in the first Region.
    fn at_home(self, call: &str) -> String {
        self.aws(call, self.regions().first().map(String::as_str).unwrap_or_default())
    }

    /// A call in each Region, into one file.
    fn everywhere(self, call: impl Fn(&str) -> String, file: &str) -> String {
        let file = self.file(file);
        match self.regions().as_slice() {
            [] => format!("{} > {file}", call("")),
            [region] => format!("{} > {file}", call(region)),
            regions => {
                let call = call("\"$region\"").replace('\n', "\n  ");
                format!("for region in {}; do\n  {call}\ndone > {file}", regions.join(" "))
            }
        }
    }

    /// The file that an export goes to: those of another account must not take its place.
    fn file(self, name: &str) -> String {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' }
        };
        match self.profile.trim() {
            "" => format!("{name}.json"),
            profile => format!("{name}-{}.json", profile.chars().map(plain).collect::<String>()),
        }
    }

    fn aws(self, call: &str, region: &str) -> String {
        let region = if region.is_empty() { String::new() } else { format!(" --region {region}") };
        let profile = match self.profile.trim() {
            "" => String::new(),
            profile => format!(" --profile {}", word(profile)),
        };
        format!("aws {call}{region}{profile}")
    }

    fn regions(self) -> Vec<String> {
        self.regions.split([' ', ',', ';', '\t']).filter(|region| !region.is_empty()).map(word).collect()
    }
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./+@:".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(regions: &str, profile: &str) -> String {
        let commands = Commands { regions, profile };
        let all = commands.needed().into_iter().chain(commands.optional());
        all.map(|(_, command)| command).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn nothing_filled_in_leaves_it_to_the_configuration() {
        let text = commands(" ", "");
        assert!(text.starts_with("aws imagebuilder list-image-build-versions --output json > images.json\n"));
        assert!(!text.contains("--region") && !text.contains("--profile") && !text.contains("for region"));
    }

    #[test]
    fn each_call_names_the_region_and_the_profile() {
        let text = commands("us-west-2", "prod");
        assert_eq!(text.matches("aws ").count(), text.matches("--region us-west-2 --profile prod").count());
    }

    #[test]
    fn the_files_of_each_profile_have_names_of_their_own() {
        let text = commands("us-west-2 eu-west-1", "prod/it's me");
        let files = text.split("> ").skip(1).map(|rest| rest.lines().next().unwrap_or_default());
        let files: Vec<&str> = files.collect();
        assert_eq!(files.first(), Some(&"images-prod-it-s-me.json"));
        assert!(files.iter().all(|file| file.ends_with("-prod-it-s-me.json")), "{files:?}");
    }

    #[test]
    fn several_regions_are_visited_and_images_come_from_the_first() {
        let text = commands("us-west-2, eu-west-1", "");
        assert!(text.starts_with("aws imagebuilder list-image-build-versions --region us-west-2 "));
        let loops = "for region in us-west-2 eu-west-1; do\n  aws ec2 describe-images --region \"$region\" --owners self";
        assert!(text.contains(loops), "{text}");
        assert!(text.contains("\n    done\n  done\ndone > attributes.json"), "{text}");
    }

    #[test]
    fn a_shell_sees_what_was_typed_as_one_word() {
        assert!(commands("", "it's $HOME").contains(r"--profile 'it'\''s $HOME' "));
    }
}
