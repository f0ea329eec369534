//! The columns of a table of standards, in the order people read them.

use crate::domain::sheet::cell::{Style, Words};
use crate::domain::term::Term;
use crate::domain::text::{Language, Text};
use crate::domain::vocabulary::{Audience, Element, Level, Mandate, Origin, RelationType, Supply, Validity};
use crate::text;

/// One column.
#[derive(Debug)]
pub struct Column {
    /// As the API names the field.
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// Other headings under which people keep it.
    pub also: &'static [&'static str],
    /// In characters.
    pub width: u8,
    pub holds: Holds,
}

/// What a column's cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// What names the entry.
    Id,
    /// The revision the row was taken from.
    Revision,
    Owner,
    /// What the registry works out or notes by itself; not read.
    Computed(Fact),
    Text,
    Day,
    /// One value of a vocabulary.
    Term(Vocabulary),
    /// Values of a vocabulary.
    Terms(Vocabulary),
    /// Texts between semicolons.
    List,
    /// A member of what a source claims.
    Claim(ClaimPart),
    /// A part of the place that stands in columns of its own.
    Place(PlacePart),
    /// All other places, as phrases.
    Places,
    /// Relations of one type, as phrases.
    Relations(RelationType),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    OwnerName,
    Validity,
    Withdrawn,
    Position,
    RecordedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPart {
    Value,
    Source,
    On,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacePart {
    Framework,
    Subsystem,
    Dimension,
    Node,
    Code,
    Order,
}

/// A vocabulary whose type nobody needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    Origin,
    Level,
    Mandate,
    Supply,
    Audience,
    Element,
    Validity,
}

impl Vocabulary {
    /// Every value, in order.
    pub fn words(self) -> Vec<Words> {
        fn all<T: Term>() -> Vec<Words> {
            T::ALL.iter().copied().map(Words::of).collect()
        }
        match self {
            Self::Origin => all::<Origin>(),
            Self::Level => all::<Level>(),
            Self::Mandate => all::<Mandate>(),
            Self::Supply => all::<Supply>(),
            Self::Audience => all::<Audience>(),
            Self::Element => all::<Element>(),
            Self::Validity => all::<Validity>(),
        }
    }

    /// The value that an identifier or a label names.
    pub fn find(self, words: &str) -> Option<Words> {
        let words = words.trim();
        let mut all = self.words().into_iter();
        all.find(|term| term.id == words || term.zh == words || term.en.eq_ignore_ascii_case(words))
    }
}

impl Column {
    pub fn heading(&self, style: Style) -> &'static str {
        match style {
            Style::Names => self.name,
            Style::Labels(Language::Chinese) => self.zh,
            Style::Labels(Language::English) => self.en,
        }
    }

    /// Whether a heading as people write it is this column's.
    pub fn is_called(&self, heading: &str) -> bool {
        let own = [self.name, self.zh, self.en];
        let mut names = own.iter().chain(self.also);
        names.any(|name| name.eq_ignore_ascii_case(heading))
    }

    /// What a cell should hold, for those who got it wrong.
    pub fn expected(&self) -> Text {
        match self.holds {
            Holds::Id => text!(
                "条目标识（UUID），新行留空",
                "an entry's id (a UUID), empty for new rows"
            ),
            Holds::Revision => text!(
                "导出时的版次（整数）",
                "the revision it was exported at (an integer)"
            ),
            Holds::Owner => text!(
                "所导入目录的行政区划代码",
                "the division code of the catalogue imported to"
            ),
            Holds::Computed(_) => text!("由登记簿计算，不读取", "worked out by the registry, not read"),
            Holds::Text if self.name == "number" => text!(
                "标准编号，如 GB/T 35796-2017",
                "a standard number, like GB/T 35796-2017"
            ),
            Holds::Text if self.name == "source_url" => text!(
                "以 http:// 或 https:// 开头的网址",
                "an address beginning with http:// or https://"
            ),
            Holds::Text => text!("文字", "text"),
            Holds::Day | Holds::Claim(ClaimPart::On) => text!(
                "日期，如 2018-07-01、2018/7/1、2018年7月1日",
                "a date, like 2018-07-01 or 2018/7/1"
            ),
            Holds::Term(vocabulary) => one_of(vocabulary),
            Holds::Claim(ClaimPart::Value) => one_of(Vocabulary::Validity),
            Holds::Claim(ClaimPart::Source) => text!("来源名称", "the name of the source"),
            Holds::Terms(vocabulary) => {
                let Text { zh, en } = one_of(vocabulary);
                text!("{zh}；多项以分号隔开", "{en}; several between semicolons")
            }
            Holds::List => text!("文字，多项以分号隔开", "texts between semicolons"),
            Holds::Place(PlacePart::Framework) => {
                text!("框架简称，空为 qingdao", "a framework's slug, qingdao when empty")
            }
            Holds::Place(PlacePart::Order) => text!("不小于 0 的整数", "an integer from 0"),
            Holds::Place(_) => text!("框架中的名称或标识", "a title or id of the framework"),
            Holds::Places => text!(
                "如 qingdao 子体系=老有颐养 维度=过程均等；多处以分号隔开",
                "like: qingdao subsystem=老有颐养 dimension=process; several between semicolons"
            ),
            Holds::Relations(_) => text!(
                "标准编号，如 GB/T 35796-2017 说明=\"第4章\"；多项以分号隔开",
                "standard numbers, like: GB/T 35796-2017 note=\"clause 4\"; several between semicolons"
            ),
        }
    }
}

fn one_of(vocabulary: Vocabulary) -> Text {
    let words = vocabulary.words();
    let zh: Vec<&str> = words.iter().map(|words| &*words.zh).collect();
    let en: Vec<&str> = words.iter().map(|words| &*words.id).collect();
    let (zh, en) = (zh.join("、"), en.join(", "));
    text!("其中之一：{zh}", "one of: {en}")
}

macro_rules! columns {
    ($($name:literal $zh:literal $en:literal $width:literal $holds:expr $(, also $($also:literal)+)?;)+) => {
        /// Every column.
        pub static COLUMNS: &[Column] = &[$(Column {
            name: $name, zh: $zh, en: $en, also: &[$($($also),+)?], width: $width, holds: $holds,
        }),+];
    };
}

columns! {
    "number" "编号" "Number" 22 Holds::Text, also "标准编号" "标准号" "standard number";
    "title" "名称" "Title" 44 Holds::Text, also "标准名称" "中文名称";
    "origin" "来源" "Origin" 8 Holds::Term(Vocabulary::Origin);
    "level" "级别" "Level" 8 Holds::Term(Vocabulary::Level), also "标准级别" "层级" "宜定级别";
    "mandate" "约束力" "Mandate" 10 Holds::Term(Vocabulary::Mandate), also "标准性质" "性质";
    "supply" "供给状态" "Supply" 10 Holds::Term(Vocabulary::Supply), also "供给";
    "validity" "有效性" "Validity" 10 Holds::Computed(Fact::Validity);
    "published_on" "发布日期" "Published on" 12 Holds::Day, also "发布日";
    "implemented_on" "实施日期" "Implemented on" 12 Holds::Day, also "实施日";
    "abolished_on" "废止日期" "Abolished on" 12 Holds::Day, also "废止日";
    "framework" "框架" "Framework" 10 Holds::Place(PlacePart::Framework), also "标准体系框架";
    "subsystem" "子体系" "Subsystem" 14 Holds::Place(PlacePart::Subsystem), also "领域";
    "dimension" "维度" "Dimension" 12 Holds::Place(PlacePart::Dimension), also "均等化维度";
    "node" "服务项目" "Node" 20 Holds::Place(PlacePart::Node), also "节点";
    "code" "体系编号" "Code in the framework" 18 Holds::Place(PlacePart::Code), also "标准体系编号";
    "order" "格内顺序" "Order in the cell" 8 Holds::Place(PlacePart::Order);
    "placements" "其他位置" "Further places" 24 Holds::Places, also "placement" "位置";
    "audience" "适用对象" "Audience" 12 Holds::Term(Vocabulary::Audience);
    "elements" "要素" "Elements" 20 Holds::Terms(Vocabulary::Element);
    "lead_department" "牵头单位" "Lead department" 20 Holds::List, also "牵头部门" "责任单位";
    "issued_by" "发布机构" "Issued by" 28 Holds::List, also "发布单位" "发布部门";
    "title_en" "英文名称" "English title" 40 Holds::Text, also "英文标题";
    "scope" "适用范围" "Scope" 40 Holds::Text;
    "keywords" "关键词" "Keywords" 24 Holds::List;
    "ics" "国际标准分类号" "ICS" 12 Holds::List, also "ICS分类号" "ICS号";
    "ccs" "中国标准分类号" "CCS" 12 Holds::List, also "CCS分类号" "CCS号";
    "replaces" "代替标准" "Replaces" 24 Holds::Relations(RelationType::Replaces), also "代替";
    "amends" "修改标准" "Amends" 20 Holds::Relations(RelationType::Amends);
    "derives_from" "细化自" "Derives from" 20 Holds::Relations(RelationType::DerivesFrom);
    "adopts" "采用标准" "Adopts" 20 Holds::Relations(RelationType::Adopts), also "采标";
    "cites" "引用文件" "Cites" 24 Holds::Relations(RelationType::Cites), also "规范性引用文件" "引用标准";
    "implements" "落实" "Implements" 20 Holds::Relations(RelationType::Implements);
    "promoted_from" "上升自" "Promoted from" 20 Holds::Relations(RelationType::PromotedFrom);
    "copied_from" "复制自" "Copied from" 20 Holds::Relations(RelationType::CopiedFrom);
    "claimed_status" "来源所称状态" "Claimed status" 12 Holds::Claim(ClaimPart::Value), also "标准状态";
    "claimed_status_source" "状态来源" "Status source" 20 Holds::Claim(ClaimPart::Source);
    "claimed_status_on" "状态查询日期" "Status read on" 12 Holds::Claim(ClaimPart::On);
    "plan_number" "计划号" "Plan number" 18 Holds::Text;
    "external_id" "外部标识" "External id" 18 Holds::Text, also "外部编号";
    "number_as_written" "编号原文" "Number as written" 22 Holds::Text;
    "source_url" "来源网址" "Source address" 30 Holds::Text;
    "owner" "行政区划代码" "Division code" 12 Holds::Owner, also "区划代码";
    "owner_name" "行政区划" "Division" 14 Holds::Computed(Fact::OwnerName);
    "withdrawn" "已移出目录" "Withdrawn" 10 Holds::Computed(Fact::Withdrawn);
    "id" "条目标识" "Entry id" 38 Holds::Id;
    "revision" "版次" "Revision" 8 Holds::Revision;
    "position" "日志位置" "Log position" 10 Holds::Computed(Fact::Position);
    "recorded_at" "记录时间（北京时间）" "Recorded at (Beijing time)" 24 Holds::Computed(Fact::RecordedAt);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_heading_means_two_columns() {
        let mut seen = HashSet::new();
        for column in COLUMNS {
            let mut own: Vec<String> = [column.name, column.zh, column.en]
                .iter()
                .chain(column.also)
                .map(|name| name.to_lowercase())
                .collect();
            own.sort();
            own.dedup();
            for name in own {
                assert!(seen.insert(name.clone()), "{name}");
            }
        }
    }
}
