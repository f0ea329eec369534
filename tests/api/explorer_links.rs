//! What the explorer's pages refer to: every link leads somewhere, and nothing comes from elsewhere.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, row_with};
use crate::support::{Answer, Client, Registry};

const DISTRICT: &str = "370214";

/// So many pages are looked at; facets can be combined without end.
const MOST_PAGES: usize = 250;

/// The values of attributes that name an address.
fn addresses(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["href=\"", "src=\"", "action=\""] {
        for (start, _) in page.match_indices(attribute) {
            let value = &page[start + attribute.len()..];
            let value = &value[..value.find('"').expect("a closed attribute")];
            found.push(value.replace("&#38;", "&").replace("&amp;", "&"));
        }
    }
    found
}

fn is_page(answer: &Answer) -> bool {
    let media_type = answer.header("Content-Type").unwrap_or_default();
    media_type.starts_with("text/html")
}

fn filled(registry: &Registry) {
    let district = registry.as_district(DISTRICT);
    let place =
        json!([{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, }]);
    let old = district.create(
        DISTRICT,
        row_with("MZ/T 032-2012", json!({"implemented_on": "2012-04-01"})),
    );
    let mut content = care_home_safety();
    content["placements"] = place;
    content["relations"] = json!([{"type": "replaces", "target": {"number": "MZ/T 032-2012"}}]);
    let entry = district.create(DISTRICT, content);
    let entry = district.change(&entry, json!({"scope": "适用于养老机构"}));
    district.change(&entry, json!({"number": "GB/T 38600-2019", "mandate": null}));
    district.withdraw(&old);
}

#[rstest]
fn every_link_leads_somewhere(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader: Client = registry.anonymous().with("Accept", "text/html,*/*;q=0.8");
    let mut known = BTreeSet::from(["/".to_owned(), "/?lang=en".to_owned(), "/diff".to_owned()]);
    let mut waiting: Vec<String> = known.iter().cloned().collect();
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        seen += 1;
        if seen > MOST_PAGES {
            break;
        }
        let answer = reader.get(&path);
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{path}\n{answer:?}"
        );
        if !is_page(&answer) || path.starts_with("/docs") {
            continue;
        }
        for address in addresses(answer.text()) {
            let address = address.split('#').next().unwrap_or_default().to_owned();
            assert!(
                address.is_empty() || (address.starts_with('/') && !address.starts_with("//")),
                "{path} refers to {address}"
            );
            // Facets combine into more addresses than anybody visits.
            let combined = address.matches('&').count() > 2;
            if !address.is_empty() && !combined && known.insert(address.clone()) {
                waiting.insert(0, address);
            }
        }
    }
    assert!(seen > 60, "only {seen} addresses were found");
}

#[rstest]
fn nothing_comes_from_elsewhere(#[values(Sqlite)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous().with("Accept", "text/html");
    let page = reader.get("/log").expect(200);
    let policy = page.header("Content-Security-Policy").expect("a policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for inline in ["<style", " style=", "<script>", " onclick=", "javascript:"] {
        assert!(!page.text().contains(inline), "{inline}");
    }
    let assets: Vec<String> = addresses(page.text())
        .into_iter()
        .filter(|a| a.starts_with("/assets/"))
        .collect();
    assert!(assets.len() >= 3, "{assets:?}");
    let edition = assets[0].rsplit_once('/').unwrap().0.to_owned();
    let modules = [
        "bytes.js",
        "canonical.js",
        "memory.js",
        "merkle.js",
        "note.js",
        "review.css",
        "search.js",
        "verify.js",
    ];
    let modules = modules.map(|name| format!("{edition}/{name}"));
    for path in assets.iter().chain(&modules) {
        let asset = registry.anonymous().get(path).expect(200);
        let kept = asset.header("Cache-Control").unwrap_or_default();
        assert!(kept.contains("immutable"), "{path}: {kept}");
        let text = asset.text().replace("http://www.w3.org/2000/svg", "");
        for elsewhere in ["http:", "https:", "url(", "@import", "//cdn"] {
            assert!(!text.contains(elsewhere), "{path} refers to {elsewhere}");
        }
    }
    let earlier = registry
        .anonymous()
        .get("/assets/0000000000000000/explorer.css")
        .expect(200);
    assert_eq!(earlier.header("Cache-Control").as_deref(), Some("no-cache"));
    registry
        .anonymous()
        .get(&format!("{edition}/none.css"))
        .expect(404);
}

#[rstest]
fn lists_can_be_taken_along(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let browser = registry
        .anonymous()
        .with("Accept", "text/html,*/*;q=0.8")
        .with("Accept-Language", "zh");
    for (path, name) in [
        ("/?level=national", "standards"),
        ("/diff", "diff"),
        ("/changes", "diff"),
        ("/frameworks/qingdao", "matrix"),
        ("/coverage/gaps?owner=370214", "gaps"),
        ("/coverage/supply", "matrix"),
        ("/coverage/duplicates", "duplicates"),
        ("/coverage/trials", "trials"),
        ("/coverage/compare?with=370213", "compare"),
        ("/drift", "drift"),
        ("/frameworks", "frameworks"),
        ("/owners", "divisions"),
    ] {
        let page = browser.get(path).expect(200);
        let tables: Vec<String> = addresses(page.text())
            .into_iter()
            .filter(|address| address.contains("format="))
            .collect();
        assert_eq!(tables.len(), 2, "{path}: {tables:?}");
        for table in &tables {
            let file = browser.get(table).expect(200);
            let named = file.header("Content-Disposition").unwrap_or_default();
            assert!(
                named.starts_with(&format!("attachment; filename=\"{name}")),
                "{table}: {named}"
            );
        }
    }
    let list = browser
        .get("/v1/standards?level=national&lang=zh&format=csv&bom=true")
        .expect(200);
    assert!(list.text().starts_with('\u{feff}'), "a mark for Excel");
    assert!(list.text().contains("编号") && list.text().contains("38600-2019"));
}
