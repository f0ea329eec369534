//! Words about webhooks: what became of a hint, and why a webhook no longer gets any.

use crate::terms;

terms! {
    /// What became of a hint.
    pub enum DeliveryStatus = "delivery_status" {
        /// Still to be sent, for the first time or again.
        Pending "pending" "待送达" "Pending",
        Delivered "delivered" "已送达" "Delivered",
        /// Not tried again by itself.
        Failed "failed" "未送达" "Failed",
    }
}

terms! {
    /// Why a webhook gets no hints.
    pub enum DisabledBecause = "disabled_because" {
        Requested "requested" "已由管理员停用" "An administrator disabled it",
        /// The target answered 410.
        Gone "gone" "目标答复 410，不再接收" "The target answered 410: it wants no more",
        /// No attempt of the whole schedule succeeded.
        Failing "failing" "连日投递失败" "Every attempt failed for days",
    }
}
