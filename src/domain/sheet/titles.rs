//! What axes, values and nodes of frameworks are called, for tables that people read.

use std::collections::HashMap;

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Labelled;
use crate::domain::sheet::cell::{Style, Words};

/// The words of several frameworks.
#[derive(Debug, Default)]
pub struct Titles(HashMap<String, Framework>);

#[derive(Debug)]
struct Framework {
    axes: HashMap<String, Words>,
    values: HashMap<String, HashMap<String, Words>>,
    nodes: HashMap<String, Words>,
}

impl Titles {
    pub fn of<'f>(frameworks: impl IntoIterator<Item = &'f FrameworkContent>) -> Self {
        let titled = frameworks.into_iter().map(|framework| {
            let values = framework.axes.iter();
            let words = Framework {
                axes: words(&framework.axes),
                values: values
                    .map(|axis| (axis.id.clone(), words(&axis.values)))
                    .collect(),
                nodes: words(&framework.nodes),
            };
            (framework.slug.clone(), words)
        });
        Self(titled.collect())
    }

    pub fn axis<'t>(&'t self, framework: &str, id: &'t str, style: Style) -> &'t str {
        let words = self.0.get(framework).and_then(|titles| titles.axes.get(id));
        words.map_or(id, |words| words.in_style(style))
    }

    pub fn value<'t>(&'t self, framework: &str, axis: &str, id: &'t str, style: Style) -> &'t str {
        let words = self
            .0
            .get(framework)
            .and_then(|titles| titles.values.get(axis)?.get(id));
        words.map_or(id, |words| words.in_style(style))
    }

    pub fn node<'t>(&'t self, framework: &str, id: &'t str, style: Style) -> &'t str {
        let words = self.0.get(framework).and_then(|titles| titles.nodes.get(id));
        words.map_or(id, |words| words.in_style(style))
    }
}

/// Titles that lead back to their own item; another's id or a title that several share would not.
fn words<T: Labelled>(items: &[T]) -> HashMap<String, Words> {
    let leads_back = |title: &str, id: &str| {
        items
            .iter()
            .filter(|item| item.id() == title || item.is_titled(title))
            .all(|item| item.id() == id)
    };
    let words = items.iter().map(|item| {
        let id = item.id();
        let called = |title: Option<&str>| {
            let title = title.filter(|title| leads_back(title, id));
            title.unwrap_or(id).to_owned().into()
        };
        let words = Words {
            id: id.to_owned().into(),
            zh: called(Some(item.title())),
            en: called(item.title_en()),
        };
        (id.to_owned(), words)
    });
    words.collect()
}
