//! The layers as the documents draw them, held by reading the sources: imports go one way only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with those it may know. What is not named here (the binary's own files) may know all.
const LAYERS: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("files", &[]),
    ("log", &["domain"]),
    ("store", &["domain", "log"]),
    ("access", &["domain", "files"]),
    ("registry", &["domain", "files", "log", "store"]),
    ("mirror", &["domain", "log", "store", "registry"]),
    (
        "http",
        &["domain", "log", "store", "access", "registry", "mirror"],
    ),
];

/// Libraries that belong to some layers only.
const LIBRARIES: [(&str, &[&str]); 2] = [("diesel", &["store", "registry"]), ("actix_web", &["http"])];

const LONGEST: usize = 600;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The top-level module it belongs to.
    fn layer(&self) -> &str {
        let inside = self.path.strip_prefix(root().join("src")).unwrap();
        let first = inside.components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs")
    }

    /// Whether code (not a comment) names a path that begins so.
    fn names(&self, path: &str) -> bool {
        self.text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| {
                line.match_indices(path).any(|(start, _)| {
                    let before = line.get(..start).unwrap_or_default().chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                })
            })
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push(Source { path, text });
            }
        }
    }
    assert!(!sources.is_empty(), "no sources in {folder}");
    sources
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let Some((layer, known)) = LAYERS.iter().find(|(layer, _)| *layer == source.layer()) else {
            continue;
        };
        // The binary's own files stand above every layer.
        let above = ["app", "cli", "config", "telemetry"];
        let others = LAYERS.iter().map(|(other, _)| *other).chain(above);
        for other in others.filter(|other| other != layer && !known.contains(other)) {
            if source.names(&format!("crate::{other}::")) {
                wrong.push(format!(
                    "{}: {layer} must not know {other}",
                    source.path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn libraries_stay_in_their_layers() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let layer = source.layer();
        if !LAYERS.iter().any(|(known, _)| *known == layer) {
            continue;
        }
        for (library, layers) in LIBRARIES {
            if !layers.contains(&layer) && source.names(&format!("{library}::")) {
                wrong.push(format!("{}: {library}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_can_be_read_in_one_sitting() {
    let long: Vec<_> = ["src", "tests"]
        .into_iter()
        .flat_map(sources)
        .filter(|source| source.text.lines().count() > LONGEST)
        .map(|source| source.path)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}
