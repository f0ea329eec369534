//! Why a row is in the answer to a search.

use crate::terms;

terms! {
    /// Why a row was found.
    pub enum MatchReason = "match_reason" {
        Number "number" "编号" "Number",
        Title "title" "名称" "Title",
        Text "text" "其他内容" "Other text",
        /// Nothing has the number asked for; this one differs from it by one slip.
        NearNumber "near_number" "相近编号" "Near number",
    }
}
