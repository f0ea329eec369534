//! Reading a standard into normal form, naming everything that is wrong with it.

use chrono::NaiveDate;
use serde_json::Value;

use super::identity::Identity;
use super::{ClaimedStatus, Placement, Relation, StandardContent, limits};
use crate::domain::classification;
use crate::domain::fault::Faults;
use crate::domain::shape::{Fields, read_term, read_text};
use crate::domain::term::Term;
use crate::domain::vocabulary::{Supply, Validity};
use crate::text;

/// Reads content as people and systems write it. Nothing comes back if anything is wrong; `faults` then says what.
///
/// Real catalogues are full of gaps, so little is required and no supply forbids a date: a draft may know the days it
/// is meant for, and an existing standard may have neither number nor date. What contradicts itself is refused.
pub fn read(value: &Value, pointer: &str, faults: &mut Faults) -> Option<StandardContent> {
    let known_before = faults.0.len();
    let content = read_members(Fields::open(value, pointer, faults)?);
    content.filter(|_| faults.0.len() == known_before)
}

fn read_members(mut fields: Fields) -> Option<StandardContent> {
    let published_on = fields.date("published_on");
    let implemented_on = fields.date("implemented_on");
    let abolished_on = fields.date("abolished_on");
    refuse_earlier(
        &mut fields,
        ("implemented_on", implemented_on),
        ("published_on", published_on),
    );
    refuse_earlier(
        &mut fields,
        ("abolished_on", abolished_on),
        ("published_on", published_on),
    );
    refuse_earlier(
        &mut fields,
        ("abolished_on", abolished_on),
        ("implemented_on", implemented_on),
    );

    let identity = Identity::read(&mut fields, published_on);
    let plan_number = fields.text("plan_number", limits::NUMBER);
    let external_id = fields.text("external_id", limits::EXTERNAL_ID);
    let title = fields.text("title", limits::TITLE);
    let title = fields.required("title", title);
    let title_en = fields.text("title_en", limits::TITLE);
    let origin = fields.term("origin");
    let origin = fields.required("origin", origin);
    let supply = fields.term("supply").unwrap_or(Supply::Existing);
    let claimed_status = read_claim(&mut fields);
    let issued_by = read_bodies(&mut fields, "issued_by");
    let lead_department = read_bodies(&mut fields, "lead_department");
    let ics = read_classes(&mut fields, "ics", |code| classification::ics(code).is_some());
    let ccs = read_classes(&mut fields, "ccs", |code| classification::ccs(code).is_some());
    let scope = fields.text("scope", limits::SCOPE);
    let keywords = fields.text_set("keywords", limits::KEYWORDS, limits::KEYWORD);
    let source_url = url(&mut fields, "source_url");
    let audience = fields.term("audience");
    let elements = fields.term_set("elements");
    let placements = sorted(fields.list("placements", limits::PLACEMENTS, Placement::read));
    let relations = sorted(
        fields.list("relations", limits::RELATIONS, |item, pointer, faults| {
            Relation::read(item, pointer, faults, &identity)
        }),
    );
    fields.finish();

    Some(StandardContent {
        number: identity.number,
        number_as_written: identity.number_as_written,
        plan_number,
        external_id,
        title: title?,
        title_en,
        origin: origin?,
        level: identity.level?,
        mandate: identity.mandate,
        supply,
        published_on,
        implemented_on,
        abolished_on,
        claimed_status,
        issued_by,
        lead_department,
        ics,
        ccs,
        scope,
        keywords,
        source_url,
        audience,
        elements,
        placements,
        relations,
    })
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}

type Dated = (&'static str, Option<NaiveDate>);

fn refuse_earlier(fields: &mut Fields, (name, day): Dated, (before, not_before): Dated) {
    if let (Some(day), Some(not_before)) = (day, not_before)
        && day < not_before
    {
        let detail = text!(
            "{day} 早于 {before}（{not_before}）",
            "{day} is earlier than {before} ({not_before})"
        );
        fields.fault(name, "dates_out_of_order", detail);
    }
}

/// What a source claims, in our identifiers or in the labels sources print.
fn read_claim(fields: &mut Fields) -> Option<ClaimedStatus> {
    let value = fields.value("claimed_status")?;
    let pointer = fields.pointer_to("claimed_status");
    let mut fields = Fields::open(value, pointer, fields.faults)?;
    let standing = read_standing(&mut fields);
    let standing = fields.required("value", standing);
    let source = fields.text("source", limits::TITLE);
    let on = fields.date("on");
    fields.finish();
    Some(ClaimedStatus {
        value: standing?,
        source,
        on,
    })
}

fn read_standing(fields: &mut Fields) -> Option<Validity> {
    let value = fields.value("value")?;
    let labelled = value.as_str().and_then(Validity::from_words);
    let pointer = fields.pointer_to("value");
    labelled.or_else(|| read_term(value, &pointer, fields.faults))
}

/// Names of bodies as they signed: the first leads, so order is kept and only repetition is dropped.
fn read_bodies(fields: &mut Fields, name: &'static str) -> Vec<String> {
    let mut bodies: Vec<String> = Vec::new();
    let written = fields.list(name, limits::BODIES, |item, pointer, faults| {
        read_text(item, pointer, limits::NAME, faults)
    });
    for body in written {
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    bodies
}

fn read_classes(fields: &mut Fields, name: &'static str, is_known: fn(&str) -> bool) -> Vec<String> {
    sorted(fields.list(name, limits::CLASSES, |item, pointer, faults| {
        let code = read_text(item, pointer, limits::CODE, faults)?;
        if is_known(&code) {
            return Some(code);
        }
        let table = name.to_uppercase();
        let detail = text!("{table} 中没有「{code}」", "{table} has no class \"{code}\"");
        faults.push(pointer, "unknown_class", detail);
        None
    }))
}

/// An address that a page may link to: `http` or `https`, with a host. Anything else could be a script.
pub(super) fn url(fields: &mut Fields, name: &'static str) -> Option<String> {
    let url = fields.text(name, limits::URL)?;
    let rest = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_address = host.is_some_and(|host| !host.is_empty())
        && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_address {
        return Some(url);
    }
    let detail = text!(
        "应为以 http:// 或 https:// 开头的网址",
        "must be an address beginning with http:// or https://"
    );
    fields.fault(name, "not_a_url", detail);
    None
}
