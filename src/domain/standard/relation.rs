//! How a standard relates to other standards and documents.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::identity::Identity;
use super::{Target, limits};
use crate::domain::fault::Faults;
use crate::domain::shape::Fields;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Adoption, Aspect, Extent, RelationType};
use crate::text;

/// One relation, stated by the newer or narrower standard; it can be read from both ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Relation {
    #[serde(rename = "type")]
    #[schema(example = "replaces")]
    pub relation_type: RelationType,
    pub target: Target,
    /// How much is replaced, `whole` unless said otherwise; only of `replaces`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whole")]
    pub extent: Option<Extent>,
    /// In what respects it derives; only of `derives_from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["materials", "time_limit"]))]
    pub aspects: Vec<Aspect>,
    /// How closely the target is adopted; only of `adopts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "IDT")]
    pub degree: Option<Adoption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "第4章由本文件代替", max_length = 1000)]
    pub note: Option<String>,
}

/// Where a relation leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationTarget {
    pub relation_type: RelationType,
    pub extent: Option<Extent>,
    /// An entry's id, or a canonical number (one without a year means the latest edition).
    pub key: String,
}

impl Relation {
    pub(super) fn read(value: &Value, pointer: &str, faults: &mut Faults, own: &Identity) -> Option<Self> {
        let mut fields = Fields::open(value, pointer, faults)?;
        let relation_type = fields.term("type");
        let relation_type = fields.required("type", relation_type);
        let target = match fields.value("target") {
            Some(value) => Target::read(value, &fields.pointer_to("target"), fields.faults, own),
            None => fields.required("target", None),
        };
        let extent = fields.term("extent");
        let aspects = fields.term_set("aspects");
        let degree = fields.term("degree");
        let note = fields.text("note", limits::NOTE);
        for (name, belongs_to) in [
            ("extent", RelationType::Replaces),
            ("aspects", RelationType::DerivesFrom),
            ("degree", RelationType::Adopts),
        ] {
            refuse_elsewhere(&mut fields, name, belongs_to, relation_type);
        }
        fields.finish();
        let relation_type = relation_type?;
        let replaces = relation_type == RelationType::Replaces;
        Some(Self {
            relation_type,
            target: target?,
            extent: extent.or(replaces.then_some(Extent::Whole)),
            aspects,
            degree,
            note,
        })
    }

    /// What finds its target in the registry; documents are not registered.
    pub fn target_key(&self) -> Option<String> {
        self.target.key()
    }

    pub(super) fn resolvable(&self) -> Option<RelationTarget> {
        Some(RelationTarget {
            relation_type: self.relation_type,
            extent: self.extent,
            key: self.target_key()?,
        })
    }
}

/// A member that means something for one type of relation only says, on any other, that somebody meant another type.
fn refuse_elsewhere(fields: &mut Fields, name: &str, belongs_to: RelationType, found: Option<RelationType>) {
    let is_elsewhere = found.is_some_and(|found| found != belongs_to);
    if is_elsewhere && fields.has(name) {
        let (zh, id) = (belongs_to.zh(), belongs_to.id());
        let detail = text!(
            "仅「{zh}」（{id}）关系可有此项",
            "only a relation of type `{id}` has this member"
        );
        fields.fault(name, "not_applicable", detail);
    }
}
