//! Reading a framework from JSON into its normal form, naming every fault.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::framework::content::{Axis, AxisValue, FrameworkContent, Labelled, Node};
use crate::domain::framework::tree;
use crate::domain::shape::{Fields, escape, read_text, wrong_type};
use crate::text;

const MAX_AXES: usize = 8;
const MAX_VALUES: usize = 200;
const MAX_NODES: usize = 5_000;
/// A matrix lists every cell, so their number is bounded too.
const MAX_CELLS: usize = 20_000;
const MAX_ORDER: i64 = 1_000_000;
const MAX_ISSUERS: usize = 20;
const MAX_ID: usize = 64;
const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 2_000;

/// An item of a list with the place it was written at, which sorting would lose.
pub(super) struct Written<T> {
    pub pointer: String,
    pub item: T,
}

/// Reads a framework's content; `None` once anything in it is faulty.
pub fn read(value: &Value, pointer: &str, faults: &mut Faults) -> Option<FrameworkContent> {
    let faults_before = faults.0.len();
    let mut fields = Fields::open(value, pointer, faults)?;
    let slug = fields.text("slug", 64);
    let slug = fields.required("slug", slug);
    let title = fields.text("title", MAX_TITLE);
    let title = fields.required("title", title);
    let content = FrameworkContent {
        slug: slug.unwrap_or_default(),
        title: title.unwrap_or_default(),
        title_en: fields.text("title_en", MAX_TITLE),
        edition: fields.text("edition", 100),
        description: fields.text("description", MAX_DESCRIPTION),
        issuers: read_issuers(&mut fields),
        trial_from: fields.date("trial_from"),
        trial_to: fields.date("trial_to"),
        axes: read_axes(&mut fields),
        nodes: Vec::new(),
        replaces: fields.text("replaces", 64),
    };
    let nodes = read_nodes(&mut fields, &content.axes);
    let replaces = check_names(&content, &mut fields);
    check_trial(&content, &mut fields);
    fields.finish();
    (faults.0.len() == faults_before).then_some(FrameworkContent {
        nodes,
        replaces,
        ..content
    })
}

/// Issuers in the order given: the first one leads.
fn read_issuers(fields: &mut Fields) -> Vec<String> {
    let mut issuers: Vec<String> = Vec::new();
    for issuer in fields.list("issuers", MAX_ISSUERS, |item, pointer, faults| {
        read_text(item, pointer, MAX_TITLE, faults)
    }) {
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    issuers
}

fn read_axes(fields: &mut Fields) -> Vec<Axis> {
    let mut position = 0;
    let axes = some(fields, "axes", MAX_AXES, |item, pointer, faults| {
        position += 1;
        read_axis(item, pointer, position, faults)
    });
    let cells = axes
        .iter()
        .map(|axis| axis.item.values.len())
        .fold(1, usize::saturating_mul);
    if cells > MAX_CELLS {
        fields.fault(
            "axes",
            "too_many_cells",
            text!(
                "共 {cells} 格，最多 {MAX_CELLS} 格",
                "{cells} cells, at most {MAX_CELLS} are allowed"
            ),
        );
    }
    in_order(axes, fields.faults)
}

/// A list that must hold something.
fn some<'v, T>(
    fields: &mut Fields<'v, '_>,
    name: &'static str,
    max: usize,
    read: impl FnMut(&'v Value, &str, &mut Faults) -> Option<T>,
) -> Vec<T> {
    let faults_before = fields.faults.0.len();
    let items = fields.list(name, max, read);
    if items.is_empty() && fields.faults.0.len() == faults_before {
        fields.fault(name, "required", text!("至少一项", "at least one is required"));
    }
    items
}

fn read_axis(value: &Value, pointer: &str, position: u32, faults: &mut Faults) -> Option<Written<Axis>> {
    let mut fields = Fields::open(value, pointer, faults)?;
    let label = read_label(&mut fields, position);
    if fields.boolean("retired") == Some(true) {
        fields.fault(
            "retired",
            "axis_retired",
            text!(
                "维度不能停用：维度不同即为新框架，以 replaces 指明所替代者",
                "an axis cannot be retired: another set of axes is a new framework that names the old one in `replaces`"
            ),
        );
    }
    let mut position = 0;
    let values = some(&mut fields, "values", MAX_VALUES, |item, pointer, faults| {
        position += 1;
        read_value(item, pointer, position, faults)
    });
    let values = in_order(values, fields.faults);
    fields.finish();
    let label = label?;
    Some(Written {
        pointer: pointer.to_owned(),
        item: Axis {
            id: label.id,
            title: label.title,
            title_en: label.title_en,
            description: label.description,
            order: label.order,
            values,
        },
    })
}

fn read_value(
    value: &Value,
    pointer: &str,
    position: u32,
    faults: &mut Faults,
) -> Option<Written<AxisValue>> {
    let mut fields = Fields::open(value, pointer, faults)?;
    let label = read_label(&mut fields, position);
    let retired = fields.boolean("retired").unwrap_or_default();
    fields.finish();
    let label = label?;
    Some(Written {
        pointer: pointer.to_owned(),
        item: AxisValue {
            id: label.id,
            title: label.title,
            title_en: label.title_en,
            description: label.description,
            order: label.order,
            retired,
        },
    })
}

fn read_nodes(fields: &mut Fields, axes: &[Axis]) -> Vec<Node> {
    let mut position = 0;
    let mut nodes = fields.list("nodes", MAX_NODES, |item, pointer, faults| {
        position += 1;
        read_node(item, pointer, position, faults)
    });
    tree::check(&nodes, axes, fields.faults);
    for node in &mut nodes {
        // What a child repeats of its root was checked above and says nothing new.
        if node.item.parent.is_some() {
            node.item.cell = None;
        }
    }
    in_order(nodes, fields.faults)
}

fn read_node(value: &Value, pointer: &str, position: u32, faults: &mut Faults) -> Option<Written<Node>> {
    let mut fields = Fields::open(value, pointer, faults)?;
    let label = read_label(&mut fields, position);
    let retired = fields.boolean("retired").unwrap_or_default();
    let parent = fields.text("parent", MAX_ID);
    let cell_pointer = fields.pointer_to("cell");
    let cell = fields.value("cell");
    let cell = cell.map(|cell| read_cell(cell, &cell_pointer, fields.faults));
    fields.finish();
    let label = label?;
    Some(Written {
        pointer: pointer.to_owned(),
        item: Node {
            id: label.id,
            title: label.title,
            title_en: label.title_en,
            description: label.description,
            order: label.order,
            retired,
            parent,
            cell,
        },
    })
}

fn read_cell(value: &Value, pointer: &str, faults: &mut Faults) -> BTreeMap<String, String> {
    let Value::Object(members) = value else {
        wrong_type(faults, pointer, "object", value);
        return BTreeMap::new();
    };
    let mut cell = BTreeMap::new();
    for (axis, value) in members {
        let value = read_text(value, &format!("{pointer}/{}", escape(axis)), MAX_ID, faults);
        cell.insert(axis.clone(), value.unwrap_or_default());
    }
    cell
}

/// The members that axes, values and nodes share.
struct Label {
    id: String,
    title: String,
    title_en: Option<String>,
    description: Option<String>,
    order: u32,
}

/// Reads a label as long as it has an id, so that what names it elsewhere is not called dangling as well.
fn read_label(fields: &mut Fields, position: u32) -> Option<Label> {
    let id = fields.text("id", MAX_ID);
    let id = fields.required("id", id);
    if id.as_deref().is_some_and(|id| !is_id(id)) {
        fields.fault(
            "id",
            "not_an_id",
            text!(
                "标识可用任何文字，但不得含空白、控制字符或冒号",
                "an id may be in any script, without blanks, control characters or colons"
            ),
        );
    }
    let title = fields.text("title", MAX_TITLE);
    let title = fields.required("title", title);
    let title_en = fields.text("title_en", MAX_TITLE);
    let description = fields.text("description", MAX_DESCRIPTION);
    let order = fields.integer("order", 0, MAX_ORDER);
    Some(Label {
        id: id?,
        title: title.unwrap_or_default(),
        title_en,
        description,
        order: order
            .and_then(|order| u32::try_from(order).ok())
            .unwrap_or(position),
    })
}

/// Addresses write a cell as `axis:value`, so a colon would make two readings of one.
fn is_id(words: &str) -> bool {
    !words
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == ':')
}

/// Sorts a list by order and then id, once every id in it is seen to occur once.
fn in_order<T: Labelled>(written: Vec<Written<T>>, faults: &mut Faults) -> Vec<T> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for Written { pointer, item } in &written {
        let id = item.id();
        if let Some(first) = seen.get(id) {
            faults.push(
                format!("{pointer}/id"),
                "duplicate_id",
                text!("「{id}」已用于 {first}", "\"{id}\" is already used at {first}"),
            );
        } else {
            seen.insert(id, pointer);
        }
    }
    let mut items: Vec<T> = written.into_iter().map(|written| written.item).collect();
    items.sort_by(|a, b| (a.order(), a.id()).cmp(&(b.order(), b.id())));
    items
}

/// Checks the names by which frameworks are found; gives back `replaces` in its canonical spelling.
fn check_names(content: &FrameworkContent, fields: &mut Fields) -> Option<String> {
    if !content.slug.is_empty() && !is_slug(&content.slug) {
        fields.fault(
            "slug",
            "not_a_slug",
            text!(
                "应为 2–64 个小写英文字母、数字或 -，首尾不为 -，且不得是 UUID",
                "must be 2 to 64 lower-case letters, digits or `-`, neither first nor last a `-`, and no UUID"
            ),
        );
    }
    let replaces = content.replaces.as_deref()?;
    let id = Uuid::try_parse(replaces).ok();
    if id.is_none() && !is_slug(replaces) {
        fields.fault(
            "replaces",
            "not_a_framework",
            text!(
                "应为另一框架的 slug 或 id",
                "must be the slug or the id of another framework"
            ),
        );
    } else if replaces == content.slug {
        fields.fault(
            "replaces",
            "replaces_itself",
            text!("框架不能替代自身", "a framework cannot replace itself"),
        );
    }
    Some(id.map_or_else(|| replaces.to_owned(), |id| id.to_string()))
}

/// An id and a slug stand in the same place of an address, so a slug must not read as an id.
/// Whether words can name a framework in a path.
pub fn is_slug(words: &str) -> bool {
    (2..=64).contains(&words.len())
        && words
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !words.starts_with('-')
        && !words.ends_with('-')
        && Uuid::try_parse(words).is_err()
}

fn check_trial(content: &FrameworkContent, fields: &mut Fields) {
    let (Some(from), Some(to)) = (content.trial_from, content.trial_to) else {
        return;
    };
    if to < from {
        fields.fault(
            "trial_to",
            "ends_before_it_begins",
            text!(
                "试行截止于 {to}，早于开始的 {from}",
                "the trial ends on {to}, before it begins on {from}"
            ),
        );
    }
}
