//! The framework the registry comes with.

use crate::domain::fault::Faults;
use crate::domain::framework::{self, FrameworkContent};
use crate::domain::json;
use crate::domain::problem::Problem;

/// 青岛市基本公共服务标准体系框架: 10 subsystems × 3 dimensions of equality.
pub fn qingdao() -> Result<FrameworkContent, Problem> {
    let value = json::parse(include_bytes!("../../../data/frameworks/qingdao.json"))?;
    let mut faults = Faults::default();
    let content = framework::read(&value, "", &mut faults);
    content.ok_or_else(|| Problem::invalid(faults))
}
