//! `docs/checks.md` says what the registered checks say. `AFTERIMAGE_UPDATE_GOLDEN=1` writes it anew.

use std::fmt::Write;
use std::path::Path;

use afterimage_policy::Basis;
use afterimage_policy::Check;

#[test]
fn the_table_of_checks_is_in_step() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    let mut text = HEADER.to_owned();
    table("On the policy alone", afterimage_policy::checks(), &mut text);
    table("On the policy and its inventory", afterimage_simulator::inventory_checks(), &mut text);
    if std::env::var_os("AFTERIMAGE_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(written == text, "docs/checks.md is out of step: {differing:#?}");
}

const HEADER: &str = "# Checks

Every check that `afterimage check`, the report and the page make. This page is written from the checks themselves;
a test keeps it in step.

An *error* is what the service would refuse: nothing is simulated. A *warning* surprises people; a *note* is worth
knowing. *Documented* and *inferred* link to where AWS says it, or to what it follows from; *advice* follows from
what the policy and the exports say.
";

fn table<'a>(title: &str, checks: impl Iterator<Item = &'a Check>, text: &mut String) {
    let mut checks: Vec<&Check> = checks.collect();
    checks.sort_by_key(|check| check.code);
    let _ = write!(
        text,
        "\n## {title}\n\n| code | | finds | why, and what to do | basis |\n|---|---|---|---|---|\n"
    );
    for Check { code, severity, title, help, basis } in checks {
        let severity = match severity.as_str() {
            "info" => "note",
            other => other,
        };
        let basis = match basis {
            Basis::Documented(address) => format!("[documented]({address})"),
            Basis::Inferred(address) => format!("[inferred]({address})"),
            Basis::Advice => "advice".to_owned(),
        };
        assert!(
            ![*code, title, help].iter().any(|words| words.contains(['|', '\n'])),
            "{code} breaks the table"
        );
        let _ = writeln!(text, "| `{code}` | {severity} | {title} | {help} | {basis} |");
    }
}
