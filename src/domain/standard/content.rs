//! The content of an entry of kind `standard`, in normal form.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Placement, Relation, RelationTarget};
use crate::domain::vocabulary::{Audience, Element, Level, Mandate, Origin, Supply, Validity};

/// What one row of an owner's catalogue says of a standard. Absent means unset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StandardContent {
    /// 标准编号, in canonical spelling. Any spelling is read; a house number (`level` = `internal`) is only tidied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GB 38600-2019", max_length = 200)]
    pub number: Option<String>,
    /// The source's spelling, verbatim; kept by itself where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GB38600—2019", max_length = 500)]
    pub number_as_written: Option<String>,
    /// 计划号 of a standard being drafted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "20213280-T-314", max_length = 200)]
    pub plan_number: Option<String>,
    /// The owner's own key, by which rows without a number are matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "QD-YL-001", max_length = 128)]
    pub external_id: Option<String>,
    #[schema(example = "养老机构服务安全基本规范", min_length = 1, max_length = 500)]
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "Basic specification of service safety for senior care organization",
        max_length = 500
    )]
    pub title_en: Option<String>,
    #[schema(example = "referenced")]
    pub origin: Origin,
    /// Told by the number; required only where there is none, and for house numbers.
    #[schema(example = "national", required = false)]
    pub level: Level,
    /// Told by most numbers; refused when it contradicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "mandatory")]
    pub mandate: Option<Mandate>,
    /// `existing` unless said otherwise.
    #[schema(example = "existing", required = false)]
    pub supply: Supply,
    /// 发布日期
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2019-12-27")]
    pub published_on: Option<NaiveDate>,
    /// 实施日期: the first day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2022-01-01")]
    pub implemented_on: Option<NaiveDate>,
    /// 废止日期: the first day no longer in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2030-01-01")]
    pub abolished_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_status: Option<ClaimedStatus>,
    /// Issuing bodies, in the order in which they signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["国家市场监督管理总局", "国家标准化管理委员会"]), max_items = 50)]
    pub issued_by: Vec<String>,
    /// 牵头单位, the first one foremost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["市民政局"]), max_items = 50)]
    pub lead_department: Vec<String>,
    /// International Classification for Standards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["03.080.30"]), max_items = 50)]
    pub ics: Vec<String>,
    /// 中国标准文献分类法
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["A12"]), max_items = 50)]
    pub ccs: Vec<String>,
    /// 适用范围 in a few sentences, never the text of the standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "适用于养老机构的服务安全管理", max_length = 5000)]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["养老机构", "安全"]), max_items = 50)]
    pub keywords: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        format = "uri",
        example = "https://openstd.samr.gov.cn/bzgk/gb/",
        max_length = 2000
    )]
    pub source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "general")]
    pub audience: Option<Audience>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["staffing", "process"]))]
    pub elements: Vec<Element>,
    /// Its places in frameworks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub placements: Vec<Placement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub relations: Vec<Relation>,
}

/// What a source says of the standing of a standard, for want of dates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClaimedStatus {
    /// An identifier, or its label as sources print it (现行, 废止).
    #[schema(example = "in_force")]
    pub value: Validity,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "全国标准信息公共服务平台", max_length = 500)]
    pub source: Option<String>,
    /// The day on which the source was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-08-18")]
    pub on: Option<NaiveDate>,
}

impl StandardContent {
    /// What its relations lead to, in the order of `relations`; documents are not registered and lead nowhere.
    pub fn relation_targets(&self) -> Vec<RelationTarget> {
        self.relations.iter().filter_map(Relation::resolvable).collect()
    }
}
