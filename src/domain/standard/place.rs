//! A standard's place in a framework, as an entry states it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::limits;
use crate::domain::fault::Faults;
use crate::domain::shape::{Fields, MAX_INTEGER, escape, read_text, wrong_type};
use crate::text;

/// One cell of one framework. Whether it exists there is for whoever knows the framework to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    /// The framework's slug or id.
    #[schema(example = "qingdao", min_length = 1, max_length = 200)]
    pub framework: String,
    /// A value on each axis; ids are returned, titles are read too.
    #[schema(example = json!({"subsystem": "老有颐养", "dimension": "process"}))]
    pub cell: BTreeMap<String, String>,
    /// A node below one of the cell's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "优孕优生服务", max_length = 200)]
    pub node: Option<String>,
    /// 标准体系编号
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "QDBPS 205.1-03", max_length = 100)]
    pub code: Option<String>,
    /// Its place among the standards of the cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3, minimum = 0)]
    pub order: Option<i64>,
}

impl Placement {
    pub(super) fn read(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, pointer, faults)?;
        let framework = fields.text("framework", limits::NAME);
        let framework = fields.required("framework", framework);
        let cell = read_cell(&mut fields);
        let cell = fields.required("cell", cell);
        let node = fields.text("node", limits::NAME);
        let code = fields.text("code", limits::CODE);
        let order = fields.integer("order", 0, MAX_INTEGER);
        fields.finish();
        Some(Self {
            framework: framework?,
            cell: cell?,
            node,
            code,
            order,
        })
    }
}

fn read_cell(fields: &mut Fields) -> Option<BTreeMap<String, String>> {
    let value = fields.value("cell")?;
    let pointer = fields.pointer_to("cell");
    match value {
        Value::Object(axes) if axes.len() <= limits::AXES => Some(read_axes(axes, &pointer, fields.faults)),
        Value::Object(axes) => {
            let (max, count) = (limits::AXES, axes.len());
            let detail = text!(
                "最多 {max} 个轴，现有 {count} 个",
                "at most {max} axes, found {count}"
            );
            fields.fault("cell", "too_many_items", detail);
            None
        }
        other => {
            wrong_type(fields.faults, &pointer, "object", other);
            None
        }
    }
}

fn read_axes(axes: &Map<String, Value>, pointer: &str, faults: &mut Faults) -> BTreeMap<String, String> {
    let mut cell = BTreeMap::new();
    for (axis, value) in axes {
        let place = format!("{pointer}/{}", escape(axis));
        if let Some(value) = read_text(value, &place, limits::NAME, faults) {
            cell.insert(axis.clone(), value);
        }
    }
    cell
}
