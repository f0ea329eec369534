//! Names of items, `oai:<namespace>:<uuid>`, after the guideline for OAI identifiers.

use uuid::Uuid;

const SCHEME: &str = "oai";

/// The namespace of a log's items: its name as the guideline wants it, labels of a domain from the narrowest to the
/// widest. The name of a log never changes, and copies of it have it too.
pub fn namespace(origin: &str) -> String {
    let mut labels: Vec<String> = Vec::new();
    for part in origin.rsplit('/').filter(|part| !part.is_empty()) {
        labels.extend(part.split('.').map(label));
    }
    while labels.len() < 2 {
        labels.push("standards-registry".to_owned());
    }
    labels.join(".")
}

/// Letters, digits and `-`, beginning with a letter.
fn label(part: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let label: String = part.chars().map(allowed).collect();
    if label.starts_with(|c: char| c.is_ascii_alphabetic()) {
        label
    } else {
        format!("x{label}")
    }
}

pub fn identifier(namespace: &str, id: &str) -> String {
    format!("{SCHEME}:{namespace}:{id}")
}

/// The entry an identifier names, if it is one of this log.
pub fn entry_of(identifier: &str, namespace: &str) -> Option<Uuid> {
    let id = identifier
        .strip_prefix(SCHEME)?
        .strip_prefix(':')?
        .strip_prefix(namespace)?
        .strip_prefix(':')?;
    // In the one spelling that is given out.
    Uuid::parse_str(id).ok().filter(|uuid| uuid.to_string() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_shaped_as_a_domain() {
        for (origin, expected) in [
            ("standards-registry/3fa90c", "x3fa90c.standards-registry"),
            ("registry.qingdao.gov.cn", "registry.qingdao.gov.cn"),
            (
                "registry.qingdao.gov.cn/Standards",
                "standards.registry.qingdao.gov.cn",
            ),
            ("登记簿", "x---.standards-registry"),
            ("", "standards-registry.standards-registry"),
        ] {
            assert_eq!(namespace(origin), expected, "{origin}");
        }
    }

    #[test]
    fn only_names_of_this_log_lead_to_entries() {
        let id = "01938f5e-7b1a-7000-8000-000000000001";
        let name = identifier("a.b", id);
        assert_eq!(entry_of(&name, "a.b"), Uuid::parse_str(id).ok());
        assert_eq!(entry_of(&name, "a.c"), None);
        assert_eq!(entry_of("oai:a.b:1", "a.b"), None);
        assert_eq!(entry_of(&name.to_uppercase(), "a.b"), None);
    }
}
