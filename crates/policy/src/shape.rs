//! Patterns of the API's strings, as functions.

/// A name of 3 to 128 characters, as policies, recipes and images have it.
pub fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let count = text.chars().count();
    (3..=128).contains(&count) && text.chars().all(inner) && !text.starts_with(' ') && !text.ends_with(' ')
}

/// Name or ARN of an IAM role.
pub fn is_role(text: &str) -> bool {
    let path = match text.strip_prefix("arn:") {
        None => text,
        Some(rest) => {
            let mut parts = rest.splitn(5, ':');
            let (partition, service, region, account, role) =
                (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
            let valid = partition.is_some_and(is_partition)
                && service == Some("iam")
                && region == Some("")
                && account.is_some_and(is_account);
            match role.and_then(|role| role.strip_prefix("role/")) {
                Some(path) if valid => path,
                _ => return false,
            }
        }
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    !path.is_empty() && path.chars().all(allowed)
}

/// The account in the ARN of an IAM role.
pub fn role_account(text: &str) -> Option<&str> {
    text.strip_prefix("arn:").filter(|_| is_role(text))?.split(':').nth(3)
}

/// Account, Region and normalised name of a lifecycle policy's ARN.
pub fn policy_arn(text: &str) -> Option<(&str, &str, &str)> {
    let rest = text.strip_prefix("arn:")?;
    let mut parts = rest.splitn(5, ':');
    let partition = parts.next().filter(|partition| is_partition(partition));
    let service = parts.next().filter(|&service| service == "imagebuilder");
    let region = parts.next().filter(|region| is_region(region))?;
    let account = parts.next().filter(|&account| account == "aws" || is_account(account))?;
    let name = parts.next()?.strip_prefix("lifecycle-policy/")?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let valid = partition.is_some() && service.is_some() && !name.is_empty() && name.chars().all(allowed);
    valid.then_some((account, region, name))
}

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Characters of a tag key; its length and the `aws:` prefix are looked at apart.
pub fn is_tag_key(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || c == '\u{b}' || "_.:/=+-@".contains(c)
    })
}

/// Major, minor, patch; `None` is the wildcard.
pub fn version(text: &str) -> Option<[Option<String>; 3]> {
    let node = |node: &str| match node {
        "x" => Some(None),
        _ if !node.is_empty() && node.bytes().all(|b| b.is_ascii_digit()) => Some(Some(node.to_owned())),
        _ => None,
    };
    let mut nodes = text.split('.');
    let version = [node(nodes.next()?)?, node(nodes.next()?)?, node(nodes.next()?)?];
    nodes.next().is_none().then_some(version)
}

/// `aws`, `aws-cn`, `aws-us-gov`.
fn is_partition(text: &str) -> bool {
    text == "aws"
        || text.strip_prefix("aws-").is_some_and(|rest| {
            rest.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        })
}

/// Lower-case words and a number: `us-west-2`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    words.len() >= 2
        && words.iter().all(word)
        && words.first().is_some_and(|first| first.len() >= 2)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_3_to_128_characters_and_no_space_at_an_end() {
        assert!(is_name("abc") && is_name("a b") && is_name("_-9") && is_name(&"n".repeat(128)));
        for bad in ["ab", " ab", "ab ", "a.b", "naïve", "", &"n".repeat(129)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn roles_are_names_or_arns() {
        for good in [
            "Role",
            "path/to/Role",
            "arn:aws:iam::123456789012:role/Role",
            "arn:aws-us-gov:iam::123456789012:role/a/b",
        ] {
            assert!(is_role(good), "{good}");
        }
        for bad in [
            "",
            "a b",
            "arn:aws:iam::12:role/R",
            "arn:aws:iam::123456789012:user/R",
            "arn:aws:iam::123456789012:role/",
            "arn:x:iam::123456789012:role/R",
            "a:b",
        ] {
            assert!(!is_role(bad), "{bad}");
        }
    }

    #[test]
    fn the_arn_of_a_role_tells_its_account() {
        assert_eq!(role_account("arn:aws:iam::123456789012:role/a/b"), Some("123456789012"));
        for without in ["Role", "arn:aws:iam::123456789012:user/b"] {
            assert_eq!(role_account(without), None, "{without}");
        }
    }

    #[test]
    fn policy_arns_tell_account_region_and_name() {
        let arn = "arn:aws:imagebuilder:us-gov-west-1:123456789012:lifecycle-policy/my-policy";
        assert_eq!(policy_arn(arn), Some(("123456789012", "us-gov-west-1", "my-policy")));
        for bad in [
            "",
            "arn:aws:imagebuilder:us-west-2:123456789012:image/x",
            "arn:aws:imagebuilder:uswest2:123456789012:lifecycle-policy/x",
            "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/X",
        ] {
            assert_eq!(policy_arn(bad), None, "{bad}");
        }
    }
}
