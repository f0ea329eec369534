mod matrix;
mod place;
mod reading;
mod revision;

use serde_json::{Value, json};

use crate::domain::fault::Faults;
use crate::domain::framework::{self, FrameworkContent, builtin};
use crate::domain::json;

fn qingdao() -> FrameworkContent {
    builtin::qingdao().unwrap()
}

fn read(value: &Value) -> FrameworkContent {
    let mut faults = Faults::default();
    let content = framework::read(value, "", &mut faults);
    content.unwrap_or_else(|| panic!("{faults:?}"))
}

fn read_file(text: &str) -> FrameworkContent {
    read(&json::parse(text.as_bytes()).unwrap())
}

fn chengyang() -> FrameworkContent {
    read_file(include_str!("../../../../tests/data/frameworks/chengyang.json"))
}

fn chengdu() -> FrameworkContent {
    read_file(include_str!("../../../../tests/data/frameworks/chengdu.json"))
}

fn yuexiu() -> FrameworkContent {
    read_file(include_str!("../../../../tests/data/frameworks/yuexiu.json"))
}

/// The built-in framework as people might send it back, changed by `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = json!(qingdao());
    change(&mut value);
    value
}
